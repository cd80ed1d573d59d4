"""The timekeeper: runs that are due begin once, quiet hours pause, and no person is overruled."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from db import jobs, libraries, quiet_hours, schedules
from db.engine import reading, writing
from db.schema import job_log, scan_jobs
from db.schema import libraries as libraries_table
from db.schema import schedules as table
from db.states import JobStatus, PauseReason, ScanKind
from db.times import now
from pipeline import slots, timekeeper
from pipeline.timekeeper import Timekeeper
from tests.scan_rows import add_job, add_library, change_job

pytestmark = pytest.mark.usefixtures("data")

HOUR = 3600.0


@pytest.fixture
def library() -> int:
    return add_library()


def schedule(library: int, kind: ScanKind = ScanKind.QUICK, *, due_since: float = 0.0) -> None:
    """A scan of every night, whose next run is to be so many seconds ago."""
    with writing() as connection:
        schedules.put(connection, library, kind, "daily 03:00")
        if due_since:
            mine = (table.c.library_id == library) & (table.c.kind == kind)
            connection.execute(update(table).where(mine).values(next_at=now() - due_since))


def keep_quiet(begin: float, end: float) -> str:
    """Quiet hours of all libraries, from and to so many seconds from now."""
    edges = [datetime.now().astimezone() + timedelta(seconds=one) for one in (begin, end)]
    hours = "-".join(f"{one:%H:%M}" for one in edges)
    with writing() as connection:
        quiet_hours.set_of_all(connection, hours)
    return hours


def pass_by() -> None:
    with reading() as connection:
        due = schedules.due(connection)
        concerned = quiet_hours.concerned(connection)
    for library_id in {one.library_id for one in due}:
        timekeeper.begin(library_id)
    for job in concerned:
        timekeeper.keep_quiet(job)


def scans() -> list[tuple[str, str, str]]:
    with reading() as connection:
        columns = (scan_jobs.c.kind, scan_jobs.c.status, scan_jobs.c.requested_by)
        return [tuple(row) for row in connection.execute(select(*columns))]


def job(job_id: int) -> jobs.Job:
    with reading() as connection:
        return jobs.get(connection, job_id)


def test_a_run_that_is_due_begins_once_and_missed_ones_are_made_up_for_by_it(library: int) -> None:
    schedule(library, due_since=30 * 24 * HOUR)
    for _ in range(3):
        pass_by()
    assert scans() == [("quick", "queued", "the schedule")]
    change_job(1, status=JobStatus.COMPLETED)
    pass_by()
    assert len(scans()) == 1
    with reading() as connection:
        [one] = schedules.of_library(connection, library)
    assert now() < one.next_at <= now() + 25 * HOUR


def test_a_run_waits_until_the_scan_under_way_has_ended(library: int) -> None:
    add_job(library)
    schedule(library, due_since=1)
    pass_by()
    assert len(scans()) == 1
    change_job(1, status=JobStatus.COMPLETED)
    pass_by()
    assert [status for _, status, _ in scans()] == ["completed", "queued"]


def test_the_larger_of_two_scans_that_are_due_is_made_for_both(library: int) -> None:
    schedule(library, ScanKind.QUICK, due_since=2)
    schedule(library, ScanKind.FULL, due_since=1)
    pass_by()
    change_job(1, status=JobStatus.COMPLETED)
    pass_by()
    assert [kind for kind, _, _ in scans()] == ["full"]


def test_a_removed_library_is_not_scanned(library: int) -> None:
    schedule(library, due_since=1)
    with writing() as connection:
        libraries.ask_removal(connection, library)
    pass_by()
    assert not scans()


def test_a_library_whose_scan_cannot_be_asked_for_keeps_no_other_from_its_own(library: int) -> None:
    other = add_library("Other")
    for one in (library, other):
        schedule(one, due_since=1)
    with writing() as connection:
        broken = update(libraries_table).where(libraries_table.c.id == library)
        connection.execute(broken.values(scan_options="{"))
    Timekeeper().pass_by()
    with reading() as connection:
        assert [job.library_id for job in connection.execute(select(scan_jobs))] == [other]


def test_the_same_rule_once_more_keeps_a_run_that_is_due_and_another_does_not(library: int) -> None:
    schedule(library, due_since=1)
    schedule(library)
    with writing() as connection:
        assert schedules.due(connection)
        schedules.put(connection, library, ScanKind.QUICK, "hourly")
        assert not schedules.due(connection)
        schedules.put(connection, library, ScanKind.QUICK, " ")
        assert not schedules.of_library(connection, library)


def test_a_run_that_a_wrong_clock_put_far_away_comes_at_its_time(library: int) -> None:
    schedule(library, due_since=-400 * 24 * HOUR)
    timekeeper.set_right()
    with reading() as connection:
        [one] = schedules.of_library(connection, library)
    assert one.next_at <= now() + 25 * HOUR


def test_quiet_hours_pause_what_goes_on_and_let_it_go_on_when_they_are_over(library: int) -> None:
    running = add_job(library)
    keep_quiet(-HOUR, HOUR)
    pass_by()
    assert job(running).pause_reason is PauseReason.QUIET_HOURS
    pass_by()
    keep_quiet(HOUR, 2 * HOUR)
    pass_by()
    assert job(running).status is JobStatus.RUNNING


def test_what_a_person_paused_stays_so_when_quiet_hours_are_over(library: int) -> None:
    mine, quiet = add_job(library), add_job(add_library("Other"))
    with writing() as connection:
        jobs.pause(connection, mine)
    keep_quiet(-HOUR, HOUR)
    pass_by()
    with writing() as connection:
        jobs.pause(connection, quiet)  # by a person, while it is paused already
    keep_quiet(HOUR, 2 * HOUR)
    pass_by()
    assert {job(one).pause_reason for one in (mine, quiet)} == {PauseReason.PERSON}


def test_what_a_person_let_go_on_in_quiet_hours_goes_on(library: int) -> None:
    running = add_job(library)
    keep_quiet(-HOUR, HOUR)
    pass_by()
    with writing() as connection:
        jobs.resume(connection, running)
    pass_by()
    assert job(running).status is JobStatus.RUNNING
    change_job(running, resumed_at=now() - 2 * HOUR)  # in the hours before these
    pass_by()
    assert job(running).status is JobStatus.PAUSED


@pytest.mark.parametrize("resumed", [False, True])
def test_a_person_who_was_there_since_the_look_at_the_clock_is_not_overruled(
    library: int, resumed: bool
) -> None:
    running = add_job(library)
    keep_quiet(-HOUR, HOUR)
    with reading() as connection:
        [seen] = quiet_hours.concerned(connection)
    with writing() as connection:
        jobs.pause(connection, running)
        if resumed:
            jobs.resume(connection, running)
    timekeeper.keep_quiet(seen)
    assert job(running).pause_reason is (None if resumed else PauseReason.PERSON)
    with reading() as connection:
        lines = connection.execute(select(job_log.c.message)).scalars().all()
    assert not [line for line in lines if "uiet hours" in line]


@pytest.mark.parametrize(("own", "status"), [("never", "running"), ("", "paused")])
def test_a_library_may_have_quiet_hours_of_its_own_or_none(
    library: int, own: str, status: str
) -> None:
    running = add_job(library)
    keep_quiet(-HOUR, HOUR)
    with writing() as connection:
        quiet_hours.set_of_library(connection, library, own)
    pass_by()
    assert job(running).status == status
    hours = keep_quiet(HOUR, 2 * HOUR)
    with writing() as connection:
        quiet_hours.set_of_library(connection, library, hours)
    pass_by()
    assert job(running).status is JobStatus.RUNNING


def test_of_several_workers_one_keeps_the_time_and_another_when_that_ends(data: Path) -> None:
    program = (
        "from pipeline.timekeeper import Timekeeper; import sys\n"
        "print(Timekeeper().keeps, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"True\n"
        assert not Timekeeper().keeps
        other.communicate()
    assert not slots.is_held(timekeeper.SLOT)
    assert Timekeeper().keeps
