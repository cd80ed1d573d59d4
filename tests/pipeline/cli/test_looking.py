"""A job in the terminal: at any width, while it runs and when it has ended; its log; watching."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from db import job_log, slowest
from db.engine import writing
from db.in_hand import InHand
from db.states import JobStatus, Phase
from db.times import now
from pipeline.cli import main
from tests.scan_rows import (
    add_job,
    add_library,
    add_shard,
    change_job,
    ended,
    over,
    take_sample,
    under_way,
)

LONG = b"Marvel/Uncanny X-Men (1963)/" + b"Uncanny X-Men 141 - Days of Future Past " * 5 + b".cbz"


def longbox(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.fixture
def library(data: object) -> int:
    return add_library("Comics")


@pytest.mark.parametrize("width", [80, 200])
def test_a_job_that_runs_fits_into_the_terminal(
    library: int, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    job = add_job(library, **over(Phase.DISCOVER, 60_000), **under_way(Phase.INDEX, 400, 60_000))
    for number in range(40):
        at, done = now() - 40 + number, 10 * number + 60 * (number > 30)
        take_sample(job, Phase.INDEX, at=at, processed=done, worked=float(number), number=number)
    change_job(job, updated_at=now(), index_failed=3)
    hands = [InHand(add_shard(job, Phase.INDEX, number=one, total=30_000)) for one in (1, 2)]
    hands[0].take(LONG)
    told = longbox("job", str(job)).output
    for hand in hands:
        hand.close()
    assert max(map(len, told.splitlines())) <= width
    for words in ("60,000", "403 of 60,000", "3 failed", "about 85 minutes left (", "40 s so far"):
        assert words in told
    for words in ("At work now  2 shards", "shard 1  stages.1", "Marvel/Uncanny X-Men", "…", "█"):
        assert words in told
    assert ("\n      Marvel" in told) is (width == 80)


def test_a_job_that_has_ended_tells_what_was_slow_and_what_happened(library: int) -> None:
    job = add_job(library, **over(Phase.INDEX, 10), **ended(), comics_found=10)
    with writing() as connection:
        slowest.store(connection, job, Phase.INDEX, [slowest.Slow(b"Saga/\x1b[31m.cbz", 4.2)])
        slowest.store(connection, job, Phase.INDEX, [slowest.Slow(b"Saga", 9.9, True, 3)])
        job_log.add(connection, job, "It goes on.", phase=Phase.INDEX, path=b"Saga/1.cbz")
        job_log.add(connection, job, "Completed.")
    told = longbox("job", str(job), "--log").output
    assert "The slowest files" in told
    assert "4.2 s  Saga/\ufffd[31m.cbz" in told
    assert "9.9 s  Saga" in told
    assert told.index("index: It goes on.  Saga/1.cbz") < told.index("Completed.")
    as_json = json.loads(longbox("job", str(job), "--json").output)
    assert [one["path"] for one in as_json["slowest_folders"]] == ["Saga"]
    assert as_json["shards"] == []


def test_all_that_is_under_way_is_watched_until_nothing_goes_on(library: int) -> None:
    assert "Nothing is being scanned now" in longbox("jobs", "--watch").output
    add_job(library, status=JobStatus.HELD, last_error="Most comics are gone.")
    told = longbox("jobs", "--watch")
    assert told.exit_code == 0
    assert "Comics: Most comics are gone." in told.output


def test_a_job_is_watched_to_its_end_and_then_told(library: int) -> None:
    job = add_job(library, **ended(), comics_found=10, comics_new=10)
    assert "10 comics, all new" in longbox("job", str(job), "--watch").output
