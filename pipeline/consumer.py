"""The loop that hears the doorbells: Huey's consumer, but that it heeds the first request to stop.

A request comes twice when it goes to the whole process group, as honcho's do: by itself, and from
the parent (`pipeline/supervisor.py`). Huey takes the second for impatience, and would leave without
waiting for what its threads have in hand.
"""

from __future__ import annotations

import signal
from types import FrameType

from huey import consumer


class Consumer(consumer.Consumer):  # type: ignore[misc]  # huey has no types
    """Ends with SIGTERM and SIGINT, once."""

    def start(self) -> None:
        self._set_signal_handlers()  # not behind the threads, which begin to work at once
        super().start()

    def _handle_signal(self, signum: int, frame: FrameType | None) -> None:
        super()._handle_signal(signum, frame)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
