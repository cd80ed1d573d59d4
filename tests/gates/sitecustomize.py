"""Loaded by every Python that finds this folder on its path: stages wait at the gates of a test.

At the gate `PHASE` a stage waits behind a commit by which its job's count of what is done in its
phase is no longer nothing; at a gate that has the name of a file or folder, whoever has taken it in
hand. Who comes to a gate says so by a file `GATE.PID`, and waits for the lock on the file `GATE`.
"""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

STAGES = ("stages.discover", "stages.index", "stages.thumbnail")
WALK = "stages.walk"


def _gate_commits(folder: Path) -> None:
    from sqlalchemy import Connection, select

    from db.schema import scan_jobs
    from stages.shard import Shard

    ungated = Shard.transaction

    @contextmanager
    def gated(held: Shard, **how: bool) -> Iterator[Connection]:
        with ungated(held, **how) as connection:
            yield connection
            done = select(scan_jobs.c[f"{held.claim.phase}_done"])
            is_begun = connection.execute(done.where(scan_jobs.c.id == held.claim.job_id)).scalar()
        if is_begun:
            _pass(folder / held.claim.phase)

    Shard.transaction = gated


def _gate_hands(folder: Path) -> None:
    from db.in_hand import InHand, NotKept

    for kind in (InHand, NotKept):

        def gated(kept: InHand | NotKept, path: bytes, take: Any = kind.take) -> None:
            take(kept, path)
            if path:
                _pass(folder / os.fsdecode(os.path.basename(path)))

        kind.take = gated


def _pass(gate: Path) -> None:
    """Wait at a gate that is shut; signals are heard meanwhile."""
    if gate.exists():
        gate.with_name(f"{gate.name}.{os.getpid()}").touch()
        with gate.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_SH)


def _set_up(folder: Path, program: str) -> None:
    if program in STAGES:
        _gate_commits(folder)
    if program in (*STAGES, WALK):
        _gate_hands(folder)


if "GATES" in os.environ and sys.orig_argv[1:2] == ["-m"]:
    _set_up(Path(os.environ["GATES"]), sys.orig_argv[2])
