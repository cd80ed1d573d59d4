"""A backup made while a scan runs is whole; the scan in it goes on where it is restored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.acceptance.conftest import Longbox
from tests.gates import Gates
from tests.trial import wait_for


def test_a_scan_goes_on_in_the_backup_that_was_made_of_it(
    start: Callable[..., Longbox],
    comics: Path,
    undisturbed: dict[str, list[Any]],
    gates: Gates,
    tmp_path: Path,
) -> None:
    gates.shut("index")
    longbox = start()
    longbox.add_library(comics)
    job_id = longbox.scan()
    gates.waiting("index")
    file = str(tmp_path / "backup.zip")
    assert "Backed up" in longbox.command("backup", file)
    gates.open("index")
    longbox.wait_until_ended(job_id)
    assert "Stop it first" in longbox.command("restore", file, status=1)
    longbox.stop()
    longbox.wait_until_down()
    assert "Restored" in longbox.command("restore", file)
    assert longbox.value("SELECT status FROM scan_jobs") == "running"
    longbox.start()
    assert longbox.wait_until_ended(job_id)["status"] == "completed"
    assert longbox.catalogue() == undisturbed


def test_a_queue_that_is_damaged_under_everybody_is_made_anew(
    start: Callable[..., Longbox],
    comics: Path,
    gates: Gates,
    undisturbed: dict[str, list[Any]],
) -> None:
    gates.shut("discover", "index")
    longbox = start()
    longbox.add_library(comics)
    job_id = longbox.scan()
    for phase in ("discover", "index"):
        gates.waiting(phase)
        for file in longbox.data.glob("queue.db*"):
            if "damaged" not in file.name:
                file.write_bytes(b"neither a queue nor a database " * 2000)
        gates.open(phase)
    assert longbox.wait_until_ended(job_id)["status"] == "completed"
    assert longbox.catalogue() == undisturbed
    wait_for(lambda: list(longbox.data.glob("queue.db.damaged")), "the damaged queue put aside")
    assert "sound" in longbox.command("check")
