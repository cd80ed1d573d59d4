"""The timeline of a job: a lane for each phase that is not passed over, with its breaks."""

from __future__ import annotations

import pytest

from db import progress
from db.engine import reading
from db.states import JobStatus, Phase
from db.times import now
from tests.scan_rows import add_job, add_library, ended, over, take_sample
from webui import timeline


def drawn(job_id: int) -> timeline.Timeline | None:
    with reading() as connection:
        return timeline.of(progress.get(connection, job_id))


@pytest.fixture
def job(data: object) -> int:
    """A scan of 100 seconds, of which 40 were work at its index, with a break between."""
    moment = now() - 100
    phases = over(Phase.DISCOVER, 10, seconds=100) | over(Phase.INDEX, 400, seconds=100)
    job = add_job(add_library(), **ended(**phases | over(Phase.THUMBNAIL, 0)), started_at=moment)
    for number in range(40):
        at = moment + number + 60 * (number >= 20)
        take_sample(
            job, Phase.INDEX, at=at, processed=10 * number, worked=float(number), number=number
        )
    return job


def test_each_phase_has_a_lane_but_for_those_that_had_nothing_to_do(job: int) -> None:
    found = drawn(job)
    assert found is not None
    assert [lane.label for lane in found.lanes] == ["Discover", "Index"]
    assert [lane.took for lane in found.lanes] == ["1 min 40 s", "39 s"]
    assert found.length == "1 min 40 s"


def test_a_break_is_a_gap_and_the_pace_is_told_to_those_who_do_not_see(job: int) -> None:
    found = drawn(job)
    assert found is not None
    discover, index = (str(lane.picture) for lane in found.lanes)
    assert discover.count("<path") == 1
    assert index.count("<path") == 2
    assert 'aria-label="Index: at most 10 a second"' in index
    assert 'style="' not in index  # which the Content Security Policy would refuse


def test_a_job_that_has_not_begun_has_no_timeline(data: object) -> None:
    assert drawn(add_job(add_library(), status=JobStatus.QUEUED, started_at=None)) is None
