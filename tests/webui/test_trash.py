"""The trash and its API: what is in it, what a purge would lose, and purging what was chosen."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from db import purges, users
from db.engine import reading, writing
from db.schema import comics, reading_progress
from db.states import ComicState, Phase
from db.times import now
from tests.catalogue_rows import add_comic, add_library, add_series
from tests.scan_rows import add_job


def missing(days: float = 1) -> dict[str, Any]:
    return {"state": ComicState.MISSING, "missing_since": now() - days * purges.DAY}


def left() -> set[str]:
    with reading() as connection:
        return {name.decode() for name in connection.execute(select(comics.c.file_name)).scalars()}


@pytest.fixture
def trash(data: object) -> list[int]:
    """Two series: Saga with two comics missing since a day and 40 days, Lobo with one."""
    library = add_library()
    saga = add_series(library, "Saga", folder=b"Image/Saga")
    lobo = add_series(library, "Lobo", folder=b"DC/Lobo")
    add_comic(saga, "here.cbz")
    return [
        add_comic(saga, "saga 1.cbz", **missing(1)),
        add_comic(saga, "saga 2.cbz", **missing(40)),
        add_comic(lobo, "lobo 1.cbz", **missing(40)),
    ]


@pytest.fixture
def read(trash: list[int], reader: users.User) -> int:
    """A comic in the trash that somebody has begun."""
    with writing() as connection:
        connection.execute(
            insert(reading_progress).values(
                user_id=reader.id, comic_id=trash[0], page=3, read_at=1, started_at=1, changed_at=1
            )
        )
    return trash[0]


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "/trash"),
        ("GET", "/trash/purge?all=1"),
        ("POST", "/trash/purge?all=1"),
        ("GET", "/api/trash"),
        ("POST", "/api/trash/purge"),
        ("GET", "/api/trash/purges/1"),
    ],
)
def test_the_trash_is_for_admins(
    reader_client: FlaskClient, trash: list[int], method: str, address: str
) -> None:
    assert reader_client.open(address, method=method).status_code == 403
    assert len(left()) == 4


# ---- the API


def test_the_trash_is_listed_page_after_page(admin_client: FlaskClient, read: int) -> None:
    seen: list[dict[str, Any]] = []
    cursor = ""
    while cursor is not None:
        page = admin_client.get(f"/api/trash?limit=2&cursor={cursor}").json
        seen += page["items"]
        cursor = page["next"]
    assert [one["path"] for one in seen] == [
        "Image/Saga/saga 1.cbz",
        "Image/Saga/saga 2.cbz",
        "DC/Lobo/lobo 1.cbz",
    ]
    assert [one["readers"] for one in seen] == [1, 0, 0]
    assert set(seen[0]) == {
        *("id", "path", "library", "series", "size", "pages", "missing_since", "readers")
    }


@pytest.mark.parametrize(
    ("query", "many"),
    [("series=1", 2), ("path=DC/*", 1), ("missing_for=30", 2), ("library=9", 0), ("", 3)],
)
def test_a_listing_can_be_narrowed_down(
    admin_client: FlaskClient, trash: list[int], query: str, many: int
) -> None:
    assert len(admin_client.get(f"/api/trash?{query}").json["items"]) == many


def test_a_purge_can_be_tried_dry(admin_client: FlaskClient, read: int) -> None:
    body = {"all": True, "dry_run": True}
    answer = admin_client.post("/api/trash/purge", json=body).json
    assert answer == {
        "preview": {"comics": 2, "series": 2, "size": 60_000_000, "readers": 0, "kept": 1}
    }
    answer = admin_client.post("/api/trash/purge", json=body | {"reading": True}).json
    assert (answer["preview"]["comics"], answer["preview"]["readers"]) == (3, 1)
    assert len(left()) == 4


@pytest.mark.parametrize(
    ("body", "stays"),
    [
        ({"comics": [1, 3]}, {"here.cbz", "saga 2.cbz", "lobo 1.cbz"}),
        ({"series": [1]}, {"here.cbz", "lobo 1.cbz"}),
        ({"series": [1], "missing_for": 30}, {"here.cbz", "saga 1.cbz", "lobo 1.cbz"}),
        ({"path": "*/saga*"}, {"here.cbz", "lobo 1.cbz"}),
        ({"all": True}, {"here.cbz"}),
    ],
)
def test_what_fits_all_that_is_said_is_purged(
    admin_client: FlaskClient, trash: list[int], body: dict[str, Any], stays: set[str]
) -> None:
    if "comics" in body:
        body = {"comics": [trash[0]]}
    answer = admin_client.post("/api/trash/purge", json=body)
    assert answer.status_code == 202
    purge = answer.json["purge"]
    assert purge["total"] == purge["purged"] == 4 - len(stays)
    assert purge["requested_by"] == "Ada"
    assert admin_client.get(f"/api/trash/purges/{purge['id']}").json["purge"] == purge
    assert left() == stays


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "nothing_chosen"),
        ({"all": "yes"}, "nothing_chosen"),
        ({"reading": True}, "nothing_chosen"),
        ({"path": "Marvel/*"}, "nothing_chosen"),
        ({"comics": 1}, "invalid"),
        ({"comics": ["x"]}, "invalid"),
        ({"comics": list(range(1, 600))}, "invalid"),
        ({"library": "x"}, "invalid"),
        ({"missing_for": -1}, "invalid"),
    ],
)
def test_a_wish_that_says_nothing_or_nonsense_is_refused(
    admin_client: FlaskClient, trash: list[int], body: dict[str, Any], code: str
) -> None:
    answer = admin_client.post("/api/trash/purge", json=body)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, code)
    assert len(left()) == 4


def test_a_purge_beside_a_scan_is_taken_down_and_waits(
    admin_client: FlaskClient, trash: list[int]
) -> None:
    add_job(1, phase=Phase.DISCOVER)
    purge = admin_client.post("/api/trash/purge", json={"all": True}).json["purge"]
    assert (purge["purged"], purge["completed_at"]) == (0, None)
    assert len(left()) == 4


def test_a_purge_that_is_not_there_is_not_found(admin_client: FlaskClient) -> None:
    assert admin_client.get("/api/trash/purges/9").status_code == 404


# ---- the pages


def test_an_empty_trash_is_good_news(admin_client: FlaskClient) -> None:
    assert "The trash is empty" in admin_client.get("/trash").text


def test_the_page_shows_series_and_the_comics_of_one(admin_client: FlaskClient, read: int) -> None:
    page = admin_client.get("/trash").text
    assert page.index("Lobo") < page.index("Saga")
    assert "reading data on 1" in page
    page = admin_client.get("/trash?of=1").text
    assert "saga 1.cbz" in page
    assert "lobo 1.cbz" not in page
    assert "reading data of 1 person" in page


@pytest.mark.parametrize(("words", "many"), [("SAGA", 2), ("image/", 2), ("*1.cbz", 2), ("x", 0)])
def test_the_pages_filter_takes_part_of_a_path_or_a_pattern(
    admin_client: FlaskClient, trash: list[int], words: str, many: int
) -> None:
    page = admin_client.get("/trash", query_string={"path": words}).text
    assert (f"<b>{many} comics</b>" in page) is (many > 0)
    assert ("Nothing in the trash is like that" in page) is (many == 0)


def test_a_person_sees_what_would_be_lost_before_it_is(
    admin_client: FlaskClient, read: int
) -> None:
    page = admin_client.get("/trash/purge?series=1").text
    assert "Purge 2 comics?" in page
    assert "the reading data of 1 person" in page
    assert "saga 2.cbz" in page
    assert len(left()) == 4
    [address] = re.findall('method="post" action="(/trash/purge[^"]*)"', page)
    answer = admin_client.post(unescape(address), data={"even_if_read": "1"}, follow_redirects=True)
    assert "2 comics are forgotten." in answer.text
    assert left() == {"here.cbz", "lobo 1.cbz"}


def test_what_somebody_has_read_can_be_spared(admin_client: FlaskClient, read: int) -> None:
    assert "Purge only the 2 that nobody has read" in admin_client.get("/trash/purge?all=1").text
    admin_client.post("/trash/purge?all=1")
    assert left() == {"here.cbz", "saga 1.cbz"}


def test_what_goes_missing_after_a_person_looked_is_not_purged_with_the_rest(
    admin_client: FlaskClient, trash: list[int]
) -> None:
    page = admin_client.get("/trash/purge?all=1").text
    [address] = re.findall('method="post" action="(/trash/purge[^"]*)"', page)
    add_comic(1, "later.cbz", **missing(-1))
    admin_client.post(unescape(address), data={"even_if_read": "1"})
    assert left() == {"here.cbz", "later.cbz"}


def test_a_person_who_has_chosen_nothing_is_told_so(
    admin_client: FlaskClient, trash: list[int]
) -> None:
    answer = admin_client.get("/trash/purge?path=saga", follow_redirects=True)
    assert "Choose first what to purge" in answer.text
    assert answer.request.args["path"] == "saga"
    assert admin_client.post("/trash/purge?path=saga").status_code == 422
    assert len(left()) == 4
