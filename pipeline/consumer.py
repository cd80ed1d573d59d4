"""The loop that hears the doorbells: Huey's consumer, but that it heeds the first request to stop.

A request comes twice when it goes to the whole process group, as honcho's do: by itself, and from
the parent (`pipeline/supervisor.py`). Huey takes the second for impatience, and would leave without
waiting for what its threads have in hand.
"""

from __future__ import annotations

from types import FrameType

from huey import consumer


# Huey has no types: its class is Any, of which strict checking lets nobody make another.
class Consumer(consumer.Consumer):  # type: ignore[misc]
    """Ends with SIGTERM and SIGINT, once."""

    def start(self) -> None:
        self._set_signal_handlers()  # not behind the threads, which begin to work at once
        super().start()

    def _handle_signal(self, signum: int, _frame: FrameType | None) -> None:
        """What Huey does at the first signal, however many come, and however close together."""
        self._signum = signum
        self._restart, self._graceful = self._signal_actions[signum]
