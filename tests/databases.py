"""Databases as whole files: one that was made once is what many tests begin with."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def fill_database(database: Path, origin: Path) -> None:
    """Put what is in one database in the place of all that is in another, whoever has it open."""
    with closing(sqlite3.connect(origin)) as source, closing(sqlite3.connect(database)) as target:
        source.backup(target)
