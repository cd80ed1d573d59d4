"""What `longbox worker` does besides scans: telling of them, keeping few of them, the log."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, update

from db import logs, webhooks
from db.engine import reading, writing
from db.schema import job_summaries, scan_jobs, webhook_messages
from db.settings import settings
from tests.receiver import receiving
from tests.scan_rows import add_job, ended
from tests.trial import Trial, wait_for

WORKER = [sys.executable, "-c", "from pipeline.cli import main; main()", "worker"]


@contextmanager
def working(log: Path) -> Iterator[None]:
    with log.open("ab") as output:
        worker = subprocess.Popen(WORKER, stdout=output, stderr=output)
    try:
        yield
    finally:
        worker.terminate()
        worker.wait()


def attempts() -> int:
    with reading() as connection:
        return sum(connection.execute(select(webhook_messages.c.attempts)).scalars())


def jobs_kept() -> set[int]:
    with reading() as connection:
        return set(connection.execute(select(scan_jobs.c.id)).scalars())


def test_a_scan_is_told_by_the_next_worker_if_need_be_and_older_ones_are_summed_up(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LONGBOX_KEEP_JOBS", "1")
    trial = Trial(tmp_path / "comics")
    trial.add("Saga/1.cbz")
    old = add_job(trial.library_id, **ended())
    with receiving() as receiver:
        receiver.statuses = [503]
        with writing() as connection:
            webhooks.add(connection, receiver.url)
        job = trial.request()
        with working(tmp_path / "log"):
            wait_for(lambda: attempts() == 1, "a message that is refused")
            wait_for(lambda: jobs_kept() == {job}, "the end of the old job")
        with writing() as connection:
            connection.execute(update(webhook_messages).values(due_at=1.0))
        with working(tmp_path / "log"):
            wait_for(lambda: attempts() == 2, "the message that arrives")
        told = [json.loads(body) for _, body in receiver.received]
    assert [(one["event"], one["job"]["id"]) for one in told] == [("job.finished", job)] * 2
    assert [row.job_id for row in trial.rows(job_summaries)] == [old]
    lines = [json.loads(line) for line in (settings().logs / logs.NAME).read_text().splitlines()]
    assert {"worker", "discover", "index"} <= {line["process"] for line in lines}
    assert {line["job"] for line in lines if line["process"] == "index"} == {job}
