"""The database of comics that no disk holds."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path


def test_every_comic_is_there_and_can_be_searched_for(tmp_path: Path) -> None:
    data = tmp_path / "data"
    subprocess.run(
        [sys.executable, "-m", "bench.million", "--series", "60", "--comics", "300"],
        env=os.environ | {"LONGBOX_DATA": str(data)},
        check=True,
    )
    connection = sqlite3.connect(data / "library.db")
    for table in ("comics WHERE index_state = 'done'", "comic_search"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (300,)
    assert connection.execute("SELECT sum(comic_count) FROM series").fetchone() == (300,)
    connection.close()
