"""Reports of reading over HTTP: what they may say, and what to read next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from db.engine import writing
from db.schema import comics, reading_journal, reading_progress, reading_sessions
from db.states import WorkState
from tests.reading_rows import count, rows


def moment(seconds_ago: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds_ago)).isoformat()


def books(answer: Any) -> list[int]:
    return [one["id"] for one in answer.json["items"]]


def test_a_report_is_answered_with_where_the_comic_stands(
    reader_client: FlaskClient, numbers: list[int]
) -> None:
    address = f"/api/progress/{numbers[0]}"
    nothing = reader_client.get(address).json
    assert nothing is not None
    assert (nothing["page"], nothing["read_at"], nothing["completed"]) == (0, None, False)
    answer = reader_client.put(address, json={"page": 7, "at": moment(60), "device": "a phone"})
    assert answer.status_code == 200
    assert answer.json == reader_client.get(address).json
    assert (answer.json["page"], answer.json["pages"], answer.json["device"]) == (7, 20, "a phone")
    stale = reader_client.put(address, json={"page": 2, "at": moment(3600)})
    assert stale.json["page"] == 7


def test_a_device_whose_clock_is_wrong_is_put_right_by_when_it_sends(
    reader_client: FlaskClient, numbers: list[int]
) -> None:
    address = f"/api/progress/{numbers[0]}"
    reader_client.put(address, json={"page": 7, "at": moment(60)})
    year = 365 * 24 * 3600
    fast = {"page": 3, "at": moment(120 - year), "sent_at": moment(-year)}
    assert reader_client.put(address, json=fast).json["page"] == 7
    slow = {"page": 9, "at": moment(10 + year), "sent_at": moment(year)}
    assert reader_client.put(address, json=slow).json["page"] == 9


def test_a_clock_that_is_ahead_counts_as_now(
    reader_client: FlaskClient, numbers: list[int]
) -> None:
    address = f"/api/progress/{numbers[0]}"
    ahead = reader_client.put(address, json={"page": 7, "at": moment(-9999)}).json
    assert ahead["read_at"] <= datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert reader_client.put(address, json={"page": 8}).json["page"] == 8


def test_what_an_offline_reader_kept_is_sent_at_once_and_each_is_answered(
    reader_client: FlaskClient, numbers: list[int]
) -> None:
    items = [
        {"book": numbers[0], "page": 3, "at": moment(900), "session": "s", "sequence": 1},
        {"book": numbers[0], "page": 5, "at": moment(800), "session": "s", "sequence": 2},
        {"book": numbers[1], "page": 19, "at": moment(700), "session": "t", "sequence": 1},
        {"book": 99_999, "page": 1},
        {"book": numbers[2], "page": -1},
    ]
    body = {"items": items, "sent_at": moment(0)}
    first = reader_client.post("/api/progress", json=body)
    assert first.status_code == 200
    answers = first.json["items"]
    assert [one.get("page") for one in answers] == [5, 5, 19, None, None]
    assert [one.get("completed") for one in answers[:3]] == [False, False, True]
    assert [one["error"]["code"] for one in answers[3:]] == ["not_found", "invalid"]
    assert "from 0 to" in answers[4]["error"]["message"]
    again = reader_client.post("/api/progress", json=body)
    assert [one.get("page") for one in again.json["items"]] == [5, 5, 19, None, None]
    assert (count(reading_journal), count(reading_progress)) == (2, 2)
    assert count(reading_sessions) == 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"page": "7"},
        {"page": True},
        {"page": 1.5},
        {"page": -1},
        {"page": 20, "page_count": 20},
        {"page": 1, "at": "yesterday"},
        {"page": 1, "at": 17},
        {"page": 1, "sent_at": "9999-12-31T23:59:59+99:99"},
        {"page": 1, "completed": "yes"},
        {"page": 1, "seconds": -5},
        {"page": 1, "sequence": 2**63},
        {"page": 1, "session": "x" * 81},
        {"page": 1, "device": "a\u0000b"},
        {"page": 1, "utc_offset": 5000},
    ],
)
def test_a_report_that_makes_no_sense_is_refused_in_words(
    reader_client: FlaskClient, numbers: list[int], body: dict[str, Any]
) -> None:
    answer = reader_client.put(f"/api/progress/{numbers[0]}", json=body)
    assert answer.status_code == 422
    assert len(answer.json["error"]["message"]) > 15
    assert count(reading_progress) == 0


def test_reports_are_a_list_of_a_bearable_length(reader_client: FlaskClient) -> None:
    for items in (None, {}, [1], [{"book": 1, "page": 1}] * 201):
        assert reader_client.post("/api/progress", json={"items": items}).status_code == 422


def test_a_comic_that_is_not_there_is_told_so(reader_client: FlaskClient, data: object) -> None:
    for method in ("get", "put", "delete"):
        answer = getattr(reader_client, method)("/api/progress/99", json={"page": 1})
        assert answer.status_code == (200 if method == "delete" else 404)


def test_marking_a_comic_a_series_and_everything_before(
    reader_client: FlaskClient, numbers: list[int]
) -> None:
    assert reader_client.post(f"/api/books/{numbers[0]}/read").json["changed"] == 1
    before = reader_client.post(f"/api/books/{numbers[3]}/read-before").json
    assert before["changed"] == 2
    assert [one.completed for one in rows(reading_progress)] == [True] * 3
    undone = reader_client.post(f"/api/journal/{before['deed']}/undo").json
    assert (undone["changed"], undone["kept"]) == (2, 0)
    assert reader_client.post("/api/series/1/read").json["changed"] == 5 - 1
    assert reader_client.post("/api/series/1/unread").json["changed"] == 5
    assert reader_client.get("/api/continue").json == {"items": []}
    assert reader_client.delete(f"/api/progress/{numbers[0]}").json["changed"] == 0


def test_what_to_read_next(reader_client: FlaskClient, numbers: list[int]) -> None:
    def turn(number: int, page: int, ago: float) -> None:
        body = {"page": page, "at": moment(ago)}
        assert reader_client.put(f"/api/progress/{numbers[number]}", json=body).status_code == 200

    turn(0, 19, 500)
    assert books(reader_client.get("/api/on-deck")) == [numbers[1]]
    turn(1, 4, 400)
    assert books(reader_client.get("/api/continue")) == [numbers[1]]
    assert books(reader_client.get("/api/on-deck")) == []
    turn(1, 19, 300)
    reader_client.post(f"/api/books/{numbers[2]}/read")
    assert books(reader_client.get("/api/continue")) == []
    (following,) = reader_client.get("/api/on-deck").json["items"]
    assert (following["id"], following["after"]) == (numbers[3], numbers[2])
    with writing() as connection:
        given_up = update(comics).where(comics.c.id == numbers[3])
        connection.execute(given_up.values(index_state=WorkState.FAILED))
    (following,) = reader_client.get("/api/on-deck").json["items"]
    assert (following["id"], following["after"]) == (numbers[4], numbers[2])


def test_listings_say_how_far_one_has_read(
    reader_client: FlaskClient, admin_client: FlaskClient, numbers: list[int]
) -> None:
    reader_client.put(f"/api/progress/{numbers[0]}", json={"page": 4})
    for address in ("/api/books", "/api/books?series=1", "/api/search?q=saga"):
        progress = {one["id"]: one["progress"] for one in reader_client.get(address).json["items"]}
        assert progress.pop(numbers[0])["page"] == 4, address
        assert set(progress.values()) == {None}
    assert reader_client.get(f"/api/books/{numbers[0]}").json["progress"]["page"] == 4
    assert admin_client.get(f"/api/books/{numbers[0]}").json["progress"] is None
