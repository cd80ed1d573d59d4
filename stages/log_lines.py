"""What a stage has to say on its way, kept until a transaction writes it into the job's log."""

from __future__ import annotations

import logging
from collections.abc import Callable

MOST = 200  # lines of one run of a stage; what else it says is in the worker's own log alone


class LogLines(logging.Handler):
    """Keeps warnings and what is worse, each with the path that was in hand."""

    def __init__(self, path_in_hand: Callable[[], bytes]) -> None:
        super().__init__(logging.WARNING)
        self._path_in_hand = path_in_hand
        self._lines: list[tuple[str, bytes]] = []
        self._said = 0

    def emit(self, record: logging.LogRecord) -> None:
        self._said += 1
        if self._said <= MOST:
            cause = record.exc_info[1] if record.exc_info else None
            detail = f" ({type(cause).__name__}: {cause})" if cause else ""
            self._lines.append((record.getMessage() + detail, self._path_in_hand()))

    def told(self) -> list[tuple[str, bytes]]:
        """The lines and their paths since this was asked last."""
        lines, self._lines = self._lines, []
        return lines
