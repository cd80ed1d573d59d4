"""The buttons that do something to scans, each pressed in a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import insert, select

from db import api_tokens, errors, job_folders, jobs, users, worklists
from db.engine import reading, writing
from db.errors import Failure
from db.schema import comics, scan_jobs, shards
from db.states import ErrorClass, JobStatus, Phase, Priority, ShardStatus, WorkState
from tests.browser.conftest import OpenPage
from tests.conftest import PASSWORD
from tests.scan_rows import add_job, add_library, change_job, ended
from tests.shelf import Shelf
from tests.trial import wait_for


@pytest.fixture
def shelf(data: Path, tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "comics")


def status_of(job_id: int) -> JobStatus:
    with reading() as connection:
        return jobs.get(connection, job_id).status


def test_a_scan_is_paused_goes_on_and_is_put_first(
    open_page: OpenPage, admin: users.User, data: Path
) -> None:
    job = add_job(add_library(), status=JobStatus.QUEUED, started_at=None)
    page = open_page("/progress", admin)
    page.get_by_role("button", name="Put it first").click()
    expect(page.get_by_role("button", name="Put it first")).to_have_count(0)
    change_job(job, status=JobStatus.RUNNING, started_at=1.0)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("[data-state=paused]")).to_be_visible()
    with reading() as connection:
        paused = jobs.get(connection, job)
    assert (paused.status, paused.priority) == (JobStatus.PAUSED, Priority.HIGH)
    expect(page.locator("[data-show=sentence]")).to_contain_text("goes on where it was")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("[data-state=running]")).to_be_visible()
    assert status_of(job) is JobStatus.RUNNING
    assert page.url.endswith("/progress")


@pytest.fixture
def failed(shelf: Shelf) -> dict[str, int]:
    """Comics that failed in an ended job, by name: two in its first shard, one in its second."""
    made = {name: shelf.add(name) for name in ("a.cbz", "b.cbz", "c.cbz")}
    change_job(shelf.job_id, **ended())
    with writing() as connection:
        for number, names in enumerate((("a.cbz", "b.cbz"), ("c.cbz",)), 1):
            ids = [made[name] for name in names]
            connection.execute(
                insert(shards).values(
                    job_id=shelf.job_id,
                    phase=Phase.INDEX,
                    number=number,
                    first_id=ids[0],
                    last_id=ids[-1],
                    status=ShardStatus.DONE,
                )
            )
            worklists.give_up(connection, Phase.INDEX, ids)
            failures = [
                Failure(f"Saga/{name}".encode(), ErrorClass.DAMAGED, "It is bad.", made[name])
                for name in names
            ]
            errors.report(connection, shelf.job_id, shelf.library_id, Phase.INDEX, failures)
    return made


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.locator("[data-phase=index]").first).to_be_visible()


def pending() -> set[int]:
    with reading() as connection:
        query = select(comics.c.id).where(comics.c.index_state == WorkState.PENDING)
        return set(connection.execute(query).scalars())


def end(job_id: int) -> None:
    with writing() as connection:
        jobs.cancel(connection, job_id)


def test_what_failed_is_retried_by_comic_shard_path_class_and_phase(
    open_page: OpenPage, admin: users.User, shelf: Shelf, failed: dict[str, int]
) -> None:
    job, (first, second, third) = shelf.job_id, failed.values()
    with reading() as connection:
        last_shard = connection.execute(select(shards.c.id).order_by(shards.c.id.desc())).scalar()

    page = open_page(f"/progress/{job}/comics/{second}", admin)
    press(page, "Retry it")
    wait_for(lambda: pending() == {second})

    end(job)
    page.goto(f"/progress/{job}/shards/{last_shard}")
    press(page, "Retry this shard")
    wait_for(lambda: pending() == {second, third})

    end(job)
    page.goto(f"/progress/{job}")
    page.get_by_label("Or those whose paths are like").fill("*/a.*")
    press(page, "Retry them")
    wait_for(lambda: pending() == {first, second, third})

    for button, address in (("Retry these", ""), ("Retry this phase", "/index")):
        end(job)
        with writing() as connection:
            worklists.give_up(connection, Phase.INDEX, [first, second, third])
        page.goto(f"/progress/{job}{address}")
        press(page, button)
        expect(page.locator("[data-state=running]")).to_be_visible()
        wait_for(lambda: pending() == {first, second, third})


def test_a_series_is_scanned_from_its_page(
    open_page: OpenPage, admin: users.User, reader: users.User, shelf: Shelf
) -> None:
    shelf.add("1.cbz")
    page = open_page(f"/series/{shelf.series_id}", admin)
    page.get_by_role("button", name="Scan this series").click()
    expect(page.locator("[data-state=queued]")).to_be_visible()
    expect(page.locator("#job-title")).to_contain_text("Scan of Saga")
    with reading() as connection:
        [job] = jobs.active_ids(connection)
        assert job_folders.listing(connection, job) == [b"Saga"]
        asked = select(scan_jobs.c.requested_by).where(scan_jobs.c.id == job)
        assert connection.execute(asked).scalar() == "Ada"
    page = open_page(f"/series/{shelf.series_id}", reader)
    expect(page.get_by_role("button", name="Scan this series")).to_have_count(0)


def test_a_token_is_made_shown_once_and_removed(
    open_page: OpenPage, admin: users.User, data: Path
) -> None:
    page = open_page("/account", admin)
    page.get_by_label("Name of the program").fill("Mylar")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Make a token").click()
    token = page.locator("#new-token").input_value()
    with reading() as connection:
        bearer = api_tokens.bearer(connection, token)
    assert bearer
    assert bearer.name == "Ada"
    page.goto("/account")
    expect(page.locator("#new-token")).to_have_count(0)
    page.get_by_role("button", name="Remove Mylar").click()
    expect(page.get_by_text("The token is removed.")).to_be_visible()
    with reading() as connection:
        assert api_tokens.bearer(connection, token) is None
