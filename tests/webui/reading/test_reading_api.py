"""Bookmarks, notes, marks, lists, preferences and the journal over HTTP; everybody their own."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from db import users
from tests.reading_rows import everything, known_of


def everything_once(client: FlaskClient, comic: int) -> None:
    """Leave one of everything."""
    client.put(f"/api/progress/{comic}", json={"page": 7, "session": "s", "sequence": 1})
    client.put(f"/api/bookmarks/{comic}/3", json={"note": "the ship"})
    spot = {"x": 0.1, "y": 0.2, "width": 0.3, "height": 0.4}
    client.post("/api/notes", json={"book": comic, "page": 4, "text": "look", **spot})
    client.put(f"/api/ratings/books/{comic}", json={"stars": 4})
    client.put("/api/favourites/series/1")
    client.put(f"/api/want-to-read/books/{comic}")
    client.put("/api/preferences", json={"theme": "light", "mine.own": [1, 2]})
    client.put("/api/series/1/reader", json={"direction": "rtl"})
    made = client.post("/api/lists", json={"name": "Best", "public": True}).json
    client.put(f"/api/lists/{made['id']}/books/{comic}")
    client.put(f"/api/lists/{made['id']}/series/1")


def test_bookmarks_are_put_changed_and_taken_away(
    reader_client: FlaskClient, numbers: list[int]
) -> None:
    address = f"/api/bookmarks/{numbers[0]}/3"
    assert reader_client.put(address).json["note"] == ""
    assert reader_client.put(address, json={"note": "here"}).json["note"] == "here"
    reader_client.put(f"/api/bookmarks/{numbers[1]}/1")
    of_one = reader_client.get(f"/api/bookmarks?book={numbers[0]}").json["items"]
    assert [(one["page"], one["note"]) for one in of_one] == [(3, "here")]
    first = reader_client.get("/api/bookmarks?limit=1").json
    rest = reader_client.get(f"/api/bookmarks?limit=1&cursor={first['next']}").json
    assert [one["book"] for one in first["items"] + rest["items"]] == [numbers[1], numbers[0]]
    assert rest["next"] is None
    for _ in range(2):
        assert reader_client.delete(address).status_code == 204
    assert not reader_client.get(f"/api/bookmarks?book={numbers[0]}").json["items"]


def test_a_note_that_is_sent_twice_is_one(reader_client: FlaskClient, numbers: list[int]) -> None:
    body = {"book": numbers[0], "page": 4, "text": "look", "uid": "abc-1"}
    first = reader_client.post("/api/notes", json=body)
    assert first.status_code == 201
    again = reader_client.post("/api/notes", json=body | {"text": "look here"})
    assert again.json["id"] == first.json["id"]
    changed = reader_client.put(f"/api/notes/{first.json['id']}", json={"text": "changed"})
    assert (changed.json["text"], changed.json["page"]) == ("changed", 4)
    (only,) = reader_client.get(f"/api/notes?book={numbers[0]}").json["items"]
    assert only["text"] == "changed"
    assert reader_client.delete(f"/api/notes/{only['id']}").status_code == 204
    assert not reader_client.get("/api/notes").json["items"]
    address = f"/api/notes/{numbers[0]}/abc-2"
    for text in ("look", "look there"):
        told = reader_client.put(address, json={"page": 4, "text": text}).json
        assert (told["uid"], told["text"]) == ("abc-2", text)
    assert len(reader_client.get("/api/notes").json["items"]) == 1
    for _ in range(2):
        assert reader_client.delete(address).status_code == 204
    assert not reader_client.get("/api/notes").json["items"]
    assert reader_client.put(f"{address}.", json={"page": 4, "text": "x"}).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"page": 4},
        {"page": 20, "text": "behind the end"},
        {"page": 4, "text": "x" * 10_001},
        {"page": 4, "text": "x", "uid": "not a uid"},
        {"page": 4, "text": "x", "x": 0.1},
        {"page": 4, "text": "x", "x": 0.9, "y": 0, "width": 0.2, "height": 0.1},
        {"page": 4, "text": "x", "x": "0", "y": 0, "width": 0.2, "height": 0.1},
        {"page": 4, "text": "\ud800"},
    ],
)
def test_a_note_that_makes_no_sense_is_refused_in_words(
    reader_client: FlaskClient, numbers: list[int], body: dict[str, Any]
) -> None:
    answer = reader_client.post("/api/notes", json={"book": numbers[0], **body})
    assert answer.status_code == 422
    assert len(answer.json["error"]["message"]) > 15


def test_stars_favourites_and_what_one_wants_to_read(
    reader_client: FlaskClient, numbers: list[int]
) -> None:
    comic = numbers[0]
    assert reader_client.put(f"/api/ratings/books/{comic}", json={"stars": 4}).json["stars"] == 4
    for stars in (0, 6, "5", None):
        answer = reader_client.put(f"/api/ratings/books/{comic}", json={"stars": stars})
        assert answer.status_code == 422
    marks = reader_client.put(f"/api/favourites/books/{comic}").json
    assert marks["favourite_at"]
    assert reader_client.put(f"/api/favourites/books/{comic}").json == marks
    reader_client.put("/api/want-to-read/series/1")
    (favourite,) = reader_client.get("/api/favourites").json["items"]
    assert (favourite["id"], favourite["marks"]["stars"]) == (comic, 4)
    (wanted,) = reader_client.get("/api/want-to-read?of=series").json["items"]
    assert wanted["name"] == "Saga"
    assert [one["id"] for one in reader_client.get("/api/ratings").json["items"]] == [comic]
    assert reader_client.get("/api/ratings?of=stars").status_code == 422
    reader_client.delete(f"/api/ratings/books/{comic}")
    reader_client.delete(f"/api/favourites/books/{comic}")
    reader_client.delete("/api/want-to-read/series/1")
    assert not any(everything().values())
    assert reader_client.put("/api/favourites/books/99").status_code == 404
    assert reader_client.put("/api/favourites/series/99").status_code == 404


def test_preferences_are_set_one_by_one_and_a_series_has_its_own_over_them(
    reader_client: FlaskClient, numbers: list[int]
) -> None:
    assert reader_client.get("/api/preferences").json == {}
    reader_client.put("/api/preferences", json={"theme": "contrast", "layout": "double"})
    both = reader_client.put("/api/preferences", json={"fit": "width"}).json
    assert both == {"theme": "contrast", "layout": "double", "fit": "width"}
    reader_client.put("/api/series/1/reader", json={"layout": "vertical", "brightness": 80})
    assert reader_client.get("/api/series/1/reader").json == {
        "layout": "vertical",
        "fit": "width",
        "brightness": 80,
    }
    back = reader_client.put("/api/series/1/reader", json={"layout": None})
    assert back.json["layout"] == "double"


@pytest.mark.parametrize(
    "body",
    [
        {"theme": "pink"},
        {"layout": 2},
        {"brightness": True},
        {"brightness": 900},
        {"invert": 1},
        {"No Name": 1},
        {"x" * 65: 1},
        {"mine": "x" * 4_001},
        {f"name{number}": number for number in range(101)},
    ],
)
def test_a_preference_that_cannot_be_is_refused_in_words(
    reader_client: FlaskClient, body: dict[str, Any]
) -> None:
    answer = reader_client.put("/api/preferences", json=body)
    assert answer.status_code == 422
    assert len(answer.json["error"]["message"]) > 15
    assert reader_client.get("/api/preferences").json == {}


def test_a_list_is_made_filled_arranged_and_shown_to_others(
    reader_client: FlaskClient, admin_client: FlaskClient, numbers: list[int]
) -> None:
    made = reader_client.post("/api/lists", json={"name": "  Best   of all "})
    assert (made.status_code, made.json["name"]) == (201, "Best of all")
    address = f"/api/lists/{made.json['id']}"
    for comic in (*numbers[:3], numbers[0]):
        assert reader_client.put(f"{address}/books/{comic}").status_code == 204
    reader_client.put(f"{address}/series/1")
    order = [{"series": 1}, {"book": numbers[2]}]
    assert reader_client.put(f"{address}/order", json={"items": order}).status_code == 204
    found = reader_client.get(f"{address}?limit=3").json
    rest = reader_client.get(f"{address}?cursor={found['next']}").json
    items = found["items"] + rest["items"]
    assert items[0]["series"]["name"] == "Saga"
    assert [one["book"]["id"] for one in items[1:]] == [numbers[2], numbers[0], numbers[1]]
    assert admin_client.get(address).status_code == 404
    reader_client.put(address, json={"public": True})
    shown = admin_client.get(address).json
    assert (shown["is_own"], shown["owner"], len(shown["items"])) == (False, "Rita", 4)
    assert [one["name"] for one in admin_client.get("/api/lists").json["public"]] == ["Best of all"]
    for answer in (
        admin_client.put(address, json={"name": "Mine"}),
        admin_client.put(f"{address}/books/{numbers[4]}"),
        admin_client.delete(address),
    ):
        assert answer.status_code == 404
    assert reader_client.post("/api/lists", json={"name": "Best of all"}).status_code == 422
    reader_client.delete(f"{address}/series/1")
    assert len(reader_client.get(address).json["items"]) == 3
    assert reader_client.delete(address).status_code == 204
    assert not any(everything().values())


def test_an_undo_brings_a_list_back_with_all_that_was_in_it(
    reader_client: FlaskClient, reader: users.User, numbers: list[int]
) -> None:
    everything_once(reader_client, numbers[0])
    before = known_of(reader.id)
    (best,) = reader_client.get("/api/lists").json["items"]
    reader_client.delete(f"/api/lists/{best['id']}")
    (newest, *_) = reader_client.get("/api/journal?limit=1").json["items"]
    undone = reader_client.post(f"/api/journal/{newest['deed']}/undo").json
    assert (undone["changed"], undone["kept"]) == (3, 0)
    assert known_of(reader.id) == before
    assert reader_client.post("/api/journal/nothing/undo").status_code == 404


def test_the_journal_and_the_history_are_ones_own(
    reader_client: FlaskClient, admin_client: FlaskClient, numbers: list[int]
) -> None:
    everything_once(reader_client, numbers[0])
    listed, cursor = [], ""
    while cursor is not None:
        page = reader_client.get(f"/api/journal?limit=4&cursor={cursor}").json
        listed += page["items"]
        cursor = page["next"]
    assert len({one["id"] for one in listed}) == len(listed) == 12
    assert {one["path"] for one in listed if one["book"]} == {"Saga/Saga 1.cbz"}
    (sitting,) = reader_client.get("/api/history").json["items"]
    assert (sitting["book"]["id"], sitting["last_page"]) == (numbers[0], 7)
    assert reader_client.get("/api/statistics").json["totals"]["pages"] == 1
    for address in ("journal", "history", "notes", "bookmarks", "favourites", "continue"):
        assert not admin_client.get(f"/api/{address}").json["items"], address
    assert admin_client.get("/api/statistics").json["totals"]["days"] == 0


@pytest.mark.parametrize(
    "query", ["from=yesterday", "from=2026-02-30", "from=2020-01-01&to=2026-01-01", "to=1-1-1"]
)
def test_statistics_are_of_days_that_there_are(reader_client: FlaskClient, query: str) -> None:
    assert reader_client.get(f"/api/statistics?{query}").status_code == 422


def test_what_is_taken_along_can_be_brought_to_somebody_else_and_twice_is_once(
    reader_client: FlaskClient,
    admin_client: FlaskClient,
    reader: users.User,
    admin: users.User,
    numbers: list[int],
) -> None:
    everything_once(reader_client, numbers[0])
    file = reader_client.get("/api/reading")
    assert file.headers["Content-Disposition"].startswith("attachment; filename=longbox-reading-")
    own = everything()
    same = reader_client.post("/api/reading", data=file.data).json
    assert (same["changed"], same["awaited"]) == (0, 0)
    assert everything() == own
    taken = admin_client.post("/api/reading", data=file.data).json
    assert taken["changed"] == len(json.loads(file.data)["entries"])
    assert known_of(admin.id) == known_of(reader.id)
    again = admin_client.post(
        "/api/reading", data={"file": (io.BytesIO(file.data), "reading.json")}
    )
    assert again.json["changed"] == 0


def test_what_is_brought_of_comics_that_are_not_here_is_kept_and_taken_along_again(
    reader_client: FlaskClient, numbers: list[int]
) -> None:
    everything_once(reader_client, numbers[0])
    document = reader_client.get("/api/reading").json
    for entry in document["entries"]:
        if "comic" in entry:
            entry["comic"] |= {"path": "Elsewhere/x.cbz", "fingerprint": "ff" * 16}
    first = reader_client.post("/api/reading", json=document).json
    again = reader_client.post("/api/reading", json=document).json
    assert (first["awaited"], again["awaited"]) == (6, 0)
    along = reader_client.get("/api/reading").json["entries"]
    elsewhere = [one for one in along if one.get("comic", {}).get("path") == "Elsewhere/x.cbz"]
    assert len(elsewhere) == 6


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: "nonsense",
        lambda document: document | {"format": "other"},
        lambda document: document | {"version": 2},
        lambda document: document | {"entries": {}},
        lambda document: document | {"entries": [7]},
        lambda document: document | {"entries": [{"kind": "progress", "value": {}}]},
        lambda document: document | {"entries": [{"kind": "spell", "value": {}}]},
    ],
)
def test_a_file_that_is_none_of_ours_is_refused_and_changes_nothing(
    reader_client: FlaskClient, numbers: list[int], spoil: Any
) -> None:
    everything_once(reader_client, numbers[0])
    before = everything()
    document = spoil(reader_client.get("/api/reading").json)
    answer = reader_client.post("/api/reading", json=document)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "bad_file")
    assert everything() == before


def test_every_value_of_a_file_is_looked_at(reader_client: FlaskClient, numbers: list[int]) -> None:
    everything_once(reader_client, numbers[0])
    document = reader_client.get("/api/reading").json
    for number, entry in enumerate(document["entries"]):
        for name in entry["value"]:
            bad = json.loads(json.dumps(document))
            bad["entries"][number]["value"][name] = {"a": "thing"}
            answer = reader_client.post("/api/reading", json=bad)
            assert answer.status_code == 422, (entry["kind"], name)
            assert f"Entry {number + 1} " in answer.json["error"]["message"]


def test_a_body_that_is_not_json_is_no_file(reader_client: FlaskClient) -> None:
    answer = reader_client.post("/api/reading", data=b"\xff\x00")
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "bad_file")
