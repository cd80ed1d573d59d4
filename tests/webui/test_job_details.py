"""Into a job: what its page looks at every 3 s, its phases, shards, comics, log and slow files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, insert

from db import engine, job_log, slowest
from db.engine import writing
from db.in_hand import InHand
from db.schema import shards
from db.states import ErrorClass, JobStatus, Phase, ShardStatus
from db.times import now
from tests import catalogue_rows
from tests.scan_rows import add_errors, add_job, add_shard, ended, over, under_way

SECRET = b"Secret/Secret 1.cbz"


@pytest.fixture
def library(data: object) -> int:
    return catalogue_rows.add_library("Comics")


@pytest.fixture
def comic(library: int) -> int:
    """The comic at SECRET."""
    return catalogue_rows.add_comic(
        catalogue_rows.add_series(library, "Secret", b"Secret"), "Secret 1.cbz"
    )


@pytest.fixture
def job(library: int, comic: int) -> int:
    """A job that has ended: a comic of its shard failed, was slow, and ended a stage."""
    job = add_job(library, **over(Phase.INDEX, 10, failed=1), **ended())
    shard = add_shard(
        job,
        Phase.INDEX,
        status=ShardStatus.DONE,
        attempt=2,
        first_id=comic,
        last_id=comic,
        total=10,
        done=9,
        failed=1,
        completed_at=now(),
    )
    add_errors(job, library, [SECRET], comic_id=comic)
    with writing() as connection:
        job_log.of_shard(connection, shard, "Begun by stages.1 on here.")
        job_log.of_shard(connection, shard, "It ended before its time.", path=SECRET)
        slowest.store(connection, job, Phase.INDEX, [slowest.Slow(SECRET, 4.2)])
        slowest.store(connection, job, Phase.INDEX, [slowest.Slow(b"Secret", 9.9, True, 3)])
    return job


@contextmanager
def counted() -> Iterator[list[str]]:
    """The queries that readers send meanwhile."""
    sent: list[str] = []

    def hear(*arguments: object) -> None:
        if str(arguments[2]).startswith("SELECT"):
            sent.append(str(arguments[2]))

    event.listen(engine.reader(), "before_cursor_execute", hear)
    try:
        yield sent
    finally:
        event.remove(engine.reader(), "before_cursor_execute", hear)


# ---- the look


def test_a_look_costs_as_many_queries_for_any_number_of_shards(
    admin_client: FlaskClient, library: int
) -> None:
    job = add_job(library, **over(Phase.DISCOVER, 900), **under_way(Phase.INDEX, 40, 900))

    def queries(address: str) -> int:
        admin_client.get(address)  # what is remembered of the session is asked for once
        with counted() as sent:
            assert admin_client.get(address).status_code == 200
        return len(sent)

    add_shard(job, Phase.INDEX)
    few = [queries("/progress/live"), queries(f"/api/scan/status?job={job}")]
    with writing() as connection:
        waiting = {"job_id": job, "phase": Phase.INDEX, "status": ShardStatus.QUEUED}
        held = {"status": ShardStatus.RUNNING, "heartbeat_at": now(), "worker": "stages.2"}
        connection.execute(
            insert(shards), [waiting | {"number": number} for number in range(2, 400)]
        )
        connection.execute(shards.update().where(shards.c.number.between(2, 30)).values(held))
    assert [queries("/progress/live"), queries(f"/api/scan/status?job={job}")] == few
    assert few == [5, 3]  # the job, its samples, the shards at work; the other jobs, who waits


def test_a_look_tells_who_is_at_work_with_what_in_hand(
    admin_client: FlaskClient, reader_client: FlaskClient, library: int
) -> None:
    job = add_job(library, **under_way(Phase.DISCOVER, 40, 900))
    shard = add_shard(job, Phase.DISCOVER, attempt=3)
    add_shard(job, Phase.DISCOVER, number=2, status=ShardStatus.QUEUED, attempt=0)
    hand = InHand(shard)
    hand.take(SECRET)
    look = admin_client.get("/progress/live").json
    [told] = look["status"]["job"]["shards"]
    assert (told["worker"], told["attempt"], told["current"]) == ("stages.1", 3, SECRET.decode())
    for words in ("stages.1", "attempt 3", SECRET.decode(), "1 shard, 1 more waits"):
        assert words in look["html"]
    told = reader_client.get("/progress/live").json
    assert told["status"]["job"]["shards"] == []
    assert "Secret" not in told["html"]
    assert "stages.1" not in told["html"]
    hand.close()


def test_a_look_tells_of_other_scans_under_way(admin_client: FlaskClient, library: int) -> None:
    manga = add_job(
        catalogue_rows.add_library("Manga", b"/srv/manga"), **under_way(Phase.DISCOVER, 7, 0)
    )
    newest = add_job(library)
    look = admin_client.get("/progress/live").json
    assert look["status"]["job"]["id"] == newest
    assert f"/progress/{manga}" in look["html"]
    assert "Looking for comics: 7 comics found so far" in look["html"]


def test_a_look_at_nothing_has_no_panel(admin_client: FlaskClient, library: int) -> None:
    look = admin_client.get("/progress/live").json
    assert (look["html"], look["status"]["job"]) == ("", None)


# ---- the way in


def test_the_pages_lead_from_the_job_to_the_comic(
    admin_client: FlaskClient, job: int, comic: int
) -> None:
    path, shard = SECRET.decode(), f"/progress/{job}/shards/1"
    steps = {
        f"/progress/{job}": (f"/progress/{job}/index", f"/progress/{job}/comics/{comic}", "4.2 s"),
        f"/progress/{job}/index": (shard, path, "9.9 s", "3 files", "It ended before its time."),
        shard: (path, "attempt 2", f"/progress/{job}/comics/{comic}", "Begun by stages.1 on here."),
        f"/progress/{job}/comics/{comic}": (
            f"/comic/{comic}",
            "truncated",
            "It ends in the middle.",
            "It ended before its time.",
            shard,
        ),
        f"/progress/{job}/log": ("Begun by stages.1 on here.", shard, path),
    }
    for address, expected in steps.items():
        page = admin_client.get(address)
        assert page.status_code == 200
        for words in expected:
            assert words in page.text, (address, words)


def test_programs_get_the_same(admin_client: FlaskClient, job: int, comic: int) -> None:
    api = f"/api/scan/jobs/{job}"
    [shard] = admin_client.get(f"{api}/shards?phase=index").json["items"]
    assert (shard["number"], shard["attempt"], shard["failed"]) == (1, 2, 1)
    assert admin_client.get(f"{api}/shards?phase=thumbnail").json["items"] == []
    page = admin_client.get(f"{api}/log?shard={shard['id']}&limit=1").json
    assert [(one["message"], one["path"]) for one in page["items"]] == [
        ("It ended before its time.", SECRET.decode())
    ]
    page = admin_client.get(f"{api}/log?limit=1&cursor={page['next']}").json
    assert [one["message"] for one in page["items"]] == ["Begun by stages.1 on here."]
    slow = admin_client.get(f"{api}/slowest").json
    assert [(one["path"], one["comic_id"]) for one in slow["files"]] == [(SECRET.decode(), comic)]
    assert [one["path"] for one in slow["folders"]] == ["Secret"]


@pytest.mark.parametrize(
    "rest", ["index", "shards/1", "comics/1", "log", "api/shards", "api/log", "api/slowest"]
)
def test_all_of_it_is_for_admins(
    reader_client: FlaskClient, admin_client: FlaskClient, job: int, rest: str
) -> None:
    place = "/api/scan/jobs" if rest.startswith("api/") else "/progress"
    rest = rest.removeprefix("api/")
    assert reader_client.get(f"{place}/{job}/{rest}").status_code == 403
    assert admin_client.get(f"{place}/77/{rest}").status_code == 404


@pytest.mark.parametrize("rest", ["shards/9", "comics/999", "odd"])
def test_what_is_not_there_is_not_found(admin_client: FlaskClient, job: int, rest: str) -> None:
    assert admin_client.get(f"/progress/{job}/{rest}").status_code == 404


def test_the_difference_a_scan_made_has_links(admin_client: FlaskClient, library: int) -> None:
    job = add_job(library, **ended(), comics_found=9, comics_missing=2)
    assert f"/progress/{job}/changes?change=missing" in admin_client.get(f"/progress/{job}").text


# ---- what needs an admin


def test_every_page_says_what_needs_an_admin(
    admin_client: FlaskClient, reader_client: FlaskClient, library: int
) -> None:
    assert "Needs you" not in admin_client.get("/").text
    held = add_job(library, status=JobStatus.HELD, last_error="All is gone from /mnt/secret.")
    assert "Needs you" in admin_client.get("/account").text
    other = catalogue_rows.add_library("Manga", b"/srv/manga")
    failed = add_job(other, **ended(JobStatus.FAILED, last_error="The disk is full."))
    page = admin_client.get("/progress").text
    assert "2 need you" in page
    assert "The disk is full." in page
    needs = admin_client.get("/api/scan/status").json["needs"]
    assert [(one["job"], one["kind"]) for one in needs] == [(held, "held"), (failed, "failed")]
    assert "need you" not in reader_client.get("/progress").text
    assert reader_client.get("/api/scan/status").json["needs"] == []
    add_job(other, **ended())
    assert [one["job"] for one in admin_client.get("/api/scan/status").json["needs"]] == [held]


def test_errors_of_a_class_are_links_to_their_comics(
    admin_client: FlaskClient, job: int, comic: int
) -> None:
    page = admin_client.get(f"/progress/{job}?error={ErrorClass.TRUNCATED}").text
    assert f"/progress/{job}/comics/{comic}" in page
