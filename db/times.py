"""Moments in time: epoch seconds (UTC) in the database, ISO 8601 with `Z` for everyone else."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> float:
    """This moment, in seconds since the epoch."""
    return time.time()


def iso(moment: float | None) -> str | None:
    """`2026-11-21T12:00:00Z` for a stored moment; None stays None."""
    if moment is None:
        return None
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
