"""What a person does to a scan: cancel, pause, resume, retry by class, scan of a folder; every
process as it really runs."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.acceptance.conftest import Answer, Longbox
from tests.acceptance.test_kills import PHASES, scanning
from tests.gates import Gates
from tests.trial import wait_for, write_comic

START = Callable[..., Longbox]

__all__ = ["scanning"]  # a fixture


def do(longbox: Longbox, job_id: int, deed: str, body: Any = None) -> Any:
    """Do something to a job over the API; answers what is told of it then."""
    answer = longbox.post(f"/api/scan/{job_id}/{deed}", body)
    assert answer.status == 200, answer
    return answer.json["job"]


def wait_until_nobody_is_at_work(longbox: Longbox, phase: str) -> None:
    wait_for(lambda: not longbox.processes(f"stages.{phase} "), f"the end of {phase}'s stages")
    wait_for(
        lambda: not longbox.value("SELECT count(*) FROM shards WHERE status = 'running'"),
        "shards to be handed back",
    )


def test_a_scan_is_paused_in_each_phase_also_over_a_restart_and_goes_on_where_it_was(
    scanning: tuple[Longbox, int], gates: Gates, undisturbed: dict[str, list[Any]]
) -> None:
    longbox, job_id = scanning
    for phase in PHASES:
        gates.waiting(phase)
        assert do(longbox, job_id, "pause")["status"] == "paused"
        wait_until_nobody_is_at_work(longbox, phase)
        gates.open(phase)
        if phase == "index":
            longbox.stop()
            longbox.wait_until_down()
            longbox.start()
            assert longbox.status(job_id)["status"] == "paused"
        assert "goes on" in longbox.command("resume", str(job_id))
    assert longbox.wait_until_ended(job_id)["status"] == "completed"
    assert longbox.value("SELECT max(strikes) FROM shards") == 0
    assert longbox.catalogue() == undisturbed


def test_a_scan_is_cancelled_in_each_phase_and_what_was_done_stays(
    scanning: tuple[Longbox, int], gates: Gates, undisturbed: dict[str, list[Any]]
) -> None:
    longbox, job_id = scanning
    for phase in PHASES:
        gates.waiting(phase)
        with longbox.writing():  # so that none of them holds the lock for ever
            for pid in longbox.processes("stages.index "):
                os.kill(pid, signal.SIGSTOP)  # one that hears nothing is no obstacle
        assert do(longbox, job_id, "cancel")["status"] == "cancelled"
        wait_until_nobody_is_at_work(longbox, phase)
        gates.open(phase)
        assert longbox.status(job_id)["job"]["phase"] == phase
        assert do(longbox, job_id, "retry")["status"] == "running"
    assert longbox.wait_until_ended(job_id)["status"] == "completed"
    assert longbox.catalogue() == undisturbed


def test_what_failed_is_retried_by_class_and_new_folders_are_scanned_by_themselves(
    start: START, tmp_path: Path, gates: Gates
) -> None:
    root = tmp_path / "comics"
    for name in ("Saga/1.cbz", "Saga/2.cbz"):
        write_comic(root / name)
    for name in ("Saga/3.cbz", "Saga/4.cbz"):
        (root / name).touch()
    (root / "Saga/5.cbz").write_text("This is no archive.")
    longbox = start()
    longbox.add_library(root)
    job = longbox.wait_until_ended(longbox.scan())
    still = "SELECT path FROM job_errors WHERE phase = 'index' AND resolved_at IS NULL"
    assert (job["found"], len(longbox.rows(still))) == (5, 3)

    for name in ("Saga/3.cbz", "Saga/5.cbz"):
        write_comic(root / name)
    said = longbox.command("retry", str(job["id"]), "--error", "empty", "--wait")
    assert "2 files or folders will be tried again" in said
    assert sorted(longbox.rows(still)) == [(b"Saga/4.cbz",), (b"Saga/5.cbz",)]

    for name in ("New/1.cbz", "Later/1.cbz", "Unasked/1.cbz"):
        write_comic(root / name)
    token = longbox.command("token", "add", "Ada", "Mylar").strip()
    first = ask_with(longbox, token, {"folder": str(root / "New")})
    assert longbox.wait_until_ended(first["job_id"])["found"] == 1
    assert names(longbox) == {"1.cbz": 2, "2.cbz": 1, "3.cbz": 1, "4.cbz": 1, "5.cbz": 1}

    # Folders that are asked for while a scan is under way are its own to walk.
    gates.shut("discover")
    second = longbox.scan()
    do(longbox, second, "pause")
    (root / "Unasked/2.cbz").touch()
    later = ask_with(longbox, token, {"library": "Comics", "folder": "Later"})
    assert later == {"job_id": second, "library": "Comics", "appended": True}
    gates.open("discover")
    do(longbox, second, "resume")
    ended = longbox.wait_until_ended(second)
    assert (ended["status"], ended["found"]) == ("completed", 9)
    answer = longbox.post("/api/scan", {"library": "Comics", "folder": "Nowhere"})
    assert (answer.status, answer.json["error"]["code"]) == (404, "no_such_folder")


def ask_with(longbox: Longbox, token: str, body: dict[str, Any]) -> Any:
    """Ask for a scan as a program does, with a token and no cookie."""
    answer: Answer = longbox.ask("POST", "/api/scan", body, token=token)
    assert answer.status == 202, answer
    return json.loads(answer.body)


def names(longbox: Longbox) -> dict[str, int]:
    rows = longbox.rows("SELECT file_name, count(*) FROM comics GROUP BY file_name")
    return {name.decode(): many for name, many in rows}
