"""Comics that were purged, or that an import had reading data of, and that are here now.

Whenever a scan has ended, what is kept for comics that were not in the catalogue is compared with
it, and handed to those that are. Looking is a thread of its own, as it may take a while in a large
library; what it finds is handed over in one short transaction for each comic.
"""

from __future__ import annotations

import logging
import threading

from db.engine import reading, writing
from db.reading import awaited

log = logging.getLogger(__name__)


class Homecoming:
    """What this worker has looked for so far; two workers that do the same do no harm."""

    def __init__(self) -> None:
        self._looked_at: tuple[int, float] | None = None
        self._look: threading.Thread | None = None

    def pass_by(self) -> None:
        """Begin to look, when that may find something."""
        if self._look is not None and self._look.is_alive():
            return
        with reading() as connection:
            occasion = awaited.occasion(connection)
        if occasion is not None and occasion != self._looked_at:
            self._looked_at = occasion
            self._look = threading.Thread(target=welcome, name="homecoming", daemon=True)
            self._look.start()


def welcome() -> None:
    """Hand over what is kept for comics that are here."""
    try:
        with reading() as connection:
            arrived = awaited.arrivals(connection)
        for one in arrived:
            with writing() as connection:
                awaited.settle(connection, one)
    except Exception:
        log.exception("What is kept for comics that came back could not be handed over")
        return
    if arrived:
        log.info("Reading data of %d comics that came back was handed over", len(arrived))
