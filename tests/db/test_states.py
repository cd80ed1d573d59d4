"""The states of a job: each verb in each of them, and the table that ARCHITECTURE.md shows."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from db import errors, job_log, jobs, shards, worklists
from db.engine import reading, writing
from db.scan_options import ScanOptions
from db.schema import shards as shards_table
from db.shards import Claim, FenceLostError
from db.states import (
    MOVES,
    ErrorClass,
    HeldReason,
    JobStatus,
    PauseReason,
    Phase,
    Priority,
    ScanKind,
    ShardStatus,
    Verb,
)
from db.status import JobStateForbids
from tests.scan_rows import add_job, add_library
from tests.shelf import Shelf

ARCHITECTURE = Path(__file__).parents[2] / "ARCHITECTURE.md"


@pytest.fixture
def shelf(data: Path, tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path / "comics")
    shelf.add("1.cbz")
    return shelf


def requested(connection: Connection, shelf: Shelf) -> Claim:
    """A job of which no stage has begun; what is claimed is its shard's number alone."""
    for job_id in jobs.active_ids(connection):
        jobs.cancel(connection, job_id)
    job_id = jobs.request_scan(connection, shelf.library_id, ScanKind.QUICK, {}, "Ada")
    [shard_id] = shards.queued(connection, job_id)
    return Claim(shard_id, "", job_id, shelf.library_id, Phase.DISCOVER, 0, 0, ScanOptions())


def begun(connection: Connection, shelf: Shelf) -> Claim:
    """A job of which a stage has begun, and one comic has failed."""
    one = requested(connection, shelf)
    failure = errors.Failure(b"Saga/1.cbz", ErrorClass.EMPTY, "It is empty.", 1)
    worklists.give_up(connection, Phase.INDEX, [1])
    errors.report(connection, one.job_id, shelf.library_id, Phase.INDEX, [failure])
    claimed = shards.claim(connection, one.shard_id, "test.1", "here")
    assert claimed
    return claimed


def begin(connection: Connection, one: Claim) -> None:
    shards.hand_back(connection, one.shard_id)
    if not shards.claim(connection, one.shard_id, "test.2", "here"):
        raise FenceLostError


def hold(connection: Connection, one: Claim) -> None:
    shards.hold_job(connection, one, HeldReason.MANY_GONE, "Are they gone?", 1)


# How each state is come to from `running`, but for `queued`.
REACHED: dict[JobStatus, Callable[[Connection, Claim], object]] = {
    JobStatus.RUNNING: lambda _connection, _one: None,
    JobStatus.PAUSED: lambda connection, one: jobs.pause(connection, one.job_id),
    JobStatus.HELD: hold,
    JobStatus.COMPLETED: shards.finish,
    JobStatus.FAILED: lambda connection, one: shards.fail(connection, one, "It cannot be read."),
    JobStatus.CANCELLED: lambda connection, one: jobs.cancel(connection, one.job_id),
}

DONE: dict[Verb, Callable[[Connection, Claim], object]] = {
    Verb.BEGIN: begin,
    Verb.COMPLETE: shards.finish,
    Verb.FAIL: lambda connection, one: shards.fail(connection, one, "It cannot be read."),
    Verb.HOLD: hold,
    Verb.PAUSE: lambda connection, one: jobs.pause(connection, one.job_id),
    Verb.RESUME: lambda connection, one: jobs.resume(connection, one.job_id),
    Verb.CONFIRM: lambda connection, one: jobs.confirm(connection, one.job_id),
    Verb.LOOK_AGAIN: lambda connection, one: jobs.look_again(connection, one.job_id),
    Verb.DISCARD: lambda connection, one: jobs.discard(connection, one.job_id),
    Verb.CANCEL: lambda connection, one: jobs.cancel(connection, one.job_id),
    Verb.RETRY: lambda connection, one: jobs.retry(connection, one.job_id),
    Verb.ADD: lambda connection, one: jobs.add_folders(connection, one.job_id, [b"Saga"], "Ada"),
    Verb.RANK: lambda connection, one: jobs.rank(connection, one.job_id, Priority.HIGH),
    Verb.DELETE: lambda connection, one: jobs.delete(connection, one.job_id),
}


def status_of(connection: Connection, one: Claim) -> JobStatus | None:
    """Where the job stands; None when it is gone."""
    try:
        return jobs.get(connection, one.job_id).status
    except jobs.NoSuchJob:
        return None


def test_every_verb_does_in_every_state_what_the_table_says(shelf: Shelf) -> None:
    wrong = []
    for verb, state in product(Verb, JobStatus):
        with writing() as connection:
            if state is JobStatus.QUEUED:
                one = requested(connection, shelf)
            else:
                one = begun(connection, shelf)
                REACHED[state](connection, one)
            assert status_of(connection, one) is state
        try:
            with writing() as connection:
                DONE[verb](connection, one)
            is_refused = False
        except (JobStateForbids, FenceLostError):
            is_refused = True
        with reading() as connection:
            after = status_of(connection, one)
        targets = MOVES[verb].get(state)
        told = is_refused and after is state if targets is None else after in (targets or {None})
        if not told or is_refused != (targets is None):
            wrong.append(f"{verb} made a job that was {state} {after}")
    assert wrong == []


def test_architecture_shows_the_table() -> None:
    text = ARCHITECTURE.read_text()
    states = [str(state) for state in JobStatus]
    lines = [f"| | {' | '.join(states)} |", "|---" * (len(states) + 1) + "|"]
    for verb in Verb:
        cells = [cell(MOVES[verb].get(state)) for state in JobStatus]
        lines.append(f"| **{verb}** | {' | '.join(cells)} |")
    table = "\n".join(lines)
    assert table in text, f"ARCHITECTURE.md should show this table:\n{table}"


def cell(targets: frozenset[JobStatus] | None) -> str:
    if targets is None:
        return "–"
    return " or ".join(sorted(targets)) or "gone"


# ---- pausing


def test_a_job_that_was_paused_before_it_began_waits_again(shelf: Shelf) -> None:
    with writing() as connection:
        one = requested(connection, shelf)
        jobs.pause(connection, one.job_id)
        assert jobs.resume(connection, one.job_id) is jobs.Resumed.GOES_ON
        assert status_of(connection, one) is JobStatus.QUEUED


def test_the_log_says_each_of_them_once(shelf: Shelf) -> None:
    with writing() as connection:
        one = begun(connection, shelf)
        jobs.pause(connection, one.job_id)
        jobs.resume(connection, one.job_id)
        jobs.cancel(connection, one.job_id)
        lines = job_log.listing(connection, one.job_id, limit=3)
    words = ["Cancelled.", "It goes on.", "Paused, until somebody lets it go on."]
    assert [line.message for line in lines] == words


def test_quiet_hours_end_for_what_they_paused_and_not_for_what_a_person_did(shelf: Shelf) -> None:
    quiet, person = PauseReason.QUIET_HOURS, PauseReason.PERSON
    with writing() as connection:
        for reasons in ([], [quiet], [person], [quiet, person], [person, quiet]):
            one = begun(connection, shelf)
            for reason in reasons:
                jobs.pause(connection, one.job_id, reason)
            assert jobs.end_quiet_hours(connection, one.job_id) == (reasons == [quiet])
            after = JobStatus.PAUSED if person in reasons else JobStatus.RUNNING
            assert status_of(connection, one) is after


def test_a_stage_is_wanted_until_its_job_is_paused_or_its_fence_is_gone(shelf: Shelf) -> None:
    with writing() as connection:
        one = begun(connection, shelf)
        assert shards.is_wanted(connection, one)
        jobs.pause(connection, one.job_id)
        assert not shards.is_wanted(connection, one)
        jobs.cancel(connection, one.job_id)
        with pytest.raises(FenceLostError):
            shards.is_wanted(connection, one)


# ---- several jobs


def test_who_ranks_higher_is_made_room_for_by_the_least_and_only_where_there_is_none(
    shelf: Shelf,
) -> None:
    with writing() as connection:
        one = requested(connection, shelf)
    covers = add_job(add_library("Manga"), phase=Phase.THUMBNAIL)
    first, second = (add_shard(covers, Phase.THUMBNAIL, number) for number in (1, 2))
    with writing() as connection:
        assert shards.queued(connection) == [one.shard_id]
        assert shards.in_the_way(connection, [first, second], 3) == []
        assert shards.in_the_way(connection, [first, second], 2) == [second]
        jobs.rank(connection, covers, Priority.HIGH)
        assert shards.in_the_way(connection, [first, second], 2) == []
        jobs.rank(connection, one.job_id, Priority.HIGH)
        jobs.rank(connection, covers, Priority.LOW)
        assert shards.in_the_way(connection, [first, second], 2) == [second]
        jobs.pause(connection, one.job_id)
        assert shards.in_the_way(connection, [first, second], 2) == []
        jobs.pause(connection, covers)
        assert shards.in_the_way(connection, [first, second], 2) == [first, second]


def add_shard(job_id: int, phase: Phase, number: int) -> int:
    """A shard that a stage is at."""
    values = {"job_id": job_id, "phase": phase, "number": number, "fence": f"fence {number}"}
    with writing() as connection:
        row = connection.execute(
            insert(shards_table).values(values | {"status": ShardStatus.RUNNING})
        )
        return int(row.inserted_primary_key[0])
