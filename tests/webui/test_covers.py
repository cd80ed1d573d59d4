"""Covers as the web application answers them, with no covers process behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import defusedxml.ElementTree
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from db import cover_files, covers, users
from db.cover_files import CoverFailure
from db.engine import writing
from db.settings import settings
from db.states import ComicState, ErrorClass, WorkState
from pipeline import tasks
from tests.shelf import Shelf, picture
from tests.trial import wait_for

DAMAGED = CoverFailure(ErrorClass.DAMAGED, "The picture is damaged.")


@pytest.fixture
def shelf(data: Path, tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "comics")


def put_cover(comic: int, version: int = 7) -> bytes:
    """A cover where the covers process would have put it."""
    cover = cover_files.cover_file(comic, version)
    cover.parent.mkdir(exist_ok=True)
    cover.with_suffix(".part").write_bytes(picture(20, 30))
    cover.with_suffix(".part").rename(cover)
    return cover.read_bytes()


def fail_cover(comic: int) -> None:
    with writing() as connection:
        covers.record(connection, [], [covers.Failed(comic, 7, DAMAGED)])
    cover_files.mark_failed(comic, 7, DAMAGED)


def rung() -> int:
    """How many bells wait to be heard."""
    if not settings().queue_file.exists():
        return 0
    size: int = tasks.covers_huey.storage.queue_size()
    return size


def in_thread(
    signed_in: Callable[[users.User], FlaskClient], user: users.User, address: str
) -> tuple[threading.Thread, list[TestResponse]]:
    """A request under way in a browser of its own."""
    answers: list[TestResponse] = []
    client = signed_in(user)
    thread = threading.Thread(target=lambda: answers.append(client.get(address)))
    thread.start()
    return thread, answers


# ---- a cover that is there ----


def test_a_cover_under_its_versions_address_may_be_kept_for_ever(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz")
    content = put_cover(comic)
    answer = reader_client.get(f"/api/cover/{comic}?v=7")
    assert answer.data == content
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"


def test_without_a_version_it_is_asked_for_again_and_not_sent_again(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz")
    put_cover(comic)
    answer = reader_client.get(f"/api/cover/{comic}")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    tag = answer.headers["ETag"]
    again = reader_client.get(f"/api/cover/{comic}", headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert again.data == b""


def test_an_address_of_an_older_version_shows_the_new_cover_but_not_for_ever(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz", version=8)
    content = put_cover(comic, 8)
    answer = reader_client.get(f"/api/cover/{comic}?v=7")
    assert answer.data == content
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_a_comic_whose_file_is_missing_keeps_its_cover(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz", state=ComicState.MISSING)
    content = put_cover(comic)
    assert reader_client.get(f"/api/cover/{comic}").data == content


# ---- a cover that is not ----


def test_a_card_stands_in_for_a_cover_and_is_never_kept(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz", number="12")
    answer = reader_client.get(f"/api/cover/{comic}?wait=0&v=7")
    assert answer.status_code == 200
    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Cover"] == "pending"
    card = defusedxml.ElementTree.fromstring(answer.data)
    assert " ".join(card.itertext()).split() == ["Saga", "12"]
    assert rung() == 1


def test_a_card_is_well_formed_whatever_the_comic_is_called(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz", series_title='<script>&"\x00\x08' + "very long " * 50)
    answer = reader_client.get(f"/api/cover/{comic}?wait=0")
    card = defusedxml.ElementTree.fromstring(answer.data)
    assert '<script>&"' in "".join(card.itertext())


def test_a_request_waits_for_the_cover_to_be_made(
    signed_in: Callable[[users.User], FlaskClient], reader: users.User, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz")
    thread, answers = in_thread(signed_in, reader, f"/api/cover/{comic}?v=7")
    wait_for(lambda: rung() == 1)
    content = put_cover(comic)
    thread.join()
    assert answers[0].data == content
    assert "immutable" in answers[0].headers["Cache-Control"]


def test_a_request_stops_waiting_when_the_cover_fails(
    signed_in: Callable[[users.User], FlaskClient], reader: users.User, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz")
    thread, answers = in_thread(signed_in, reader, f"/api/cover/{comic}")
    wait_for(lambda: rung() == 1)
    fail_cover(comic)
    thread.join()
    assert answers[0].headers["X-Cover"] == "failed"
    assert answers[0].headers["Cache-Control"] == "no-store"


def test_no_more_than_half_of_the_threads_wait(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, shelf: Shelf
) -> None:
    monkeypatch.setenv("LONGBOX_WEB_THREADS", "2")
    settings.cache_clear()
    signed_in = request.getfixturevalue("signed_in")
    reader = request.getfixturevalue("reader")
    first, second = shelf.add("1.cbz"), shelf.add("2.cbz")
    thread, answers = in_thread(signed_in, reader, f"/api/cover/{first}")
    wait_for(lambda: rung() == 1)
    hurried = signed_in(reader).get(f"/api/cover/{second}")
    assert hurried.headers["X-Cover"] == "pending"
    assert thread.is_alive()
    put_cover(first)
    thread.join()
    assert answers[0].mimetype == "image/jpeg"


def test_nobody_waits_for_a_cover_that_failed(reader_client: FlaskClient, shelf: Shelf) -> None:
    comic = shelf.add("1.cbz")
    fail_cover(comic)
    answer = reader_client.get(f"/api/cover/{comic}")
    assert answer.headers["X-Cover"] == "failed"
    assert rung() == 0


def test_nobody_waits_for_the_cover_of_a_missing_file(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz", state=ComicState.MISSING)
    assert reader_client.get(f"/api/cover/{comic}").headers["X-Cover"] == "failed"
    assert rung() == 0


def test_a_failure_counts_no_more_when_its_retry_was_asked_for(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz")
    fail_cover(comic)
    shelf.change(comic, thumbnail_state=WorkState.PENDING)  # as `longbox retry` does
    assert reader_client.get(f"/api/cover/{comic}?wait=0").headers["X-Cover"] == "pending"
    assert rung() == 1


@pytest.mark.parametrize("number", ["999", "9" * 18, "9" * 30])
def test_a_comic_that_is_not_there_has_no_cover(
    reader_client: FlaskClient, data: Path, number: str
) -> None:
    answer = reader_client.get(f"/api/cover/{number}?v={number}")
    assert answer.status_code == 404
    assert answer.get_json()["error"]["code"] == "not_found"


def test_covers_are_not_for_strangers(client: FlaskClient, shelf: Shelf) -> None:
    comic = shelf.add("1.cbz")
    put_cover(comic)
    assert client.get(f"/api/cover/{comic}?v=7").status_code == 401
    assert client.get(f"/api/covers?ids={comic}").status_code == 401


# ---- news of many ----


def news(client: FlaskClient, *comics: int) -> dict[str, Any]:
    answer = client.get(f"/api/covers?ids={','.join(map(str, comics))}")
    assert answer.headers["Cache-Control"] == "no-store"
    told: dict[str, Any] = answer.get_json()
    return told


def test_one_question_tells_of_many_covers(reader_client: FlaskClient, shelf: Shelf) -> None:
    ready, failed, pending, missing = (shelf.add(f"{number}.cbz") for number in range(4))
    put_cover(ready)
    shelf.change(ready, thumbnail_state=WorkState.DONE)
    fail_cover(failed)
    shelf.change(missing, state=ComicState.MISSING)
    told = news(reader_client, ready, failed, pending, missing, 999)
    assert told["ready"] == {str(ready): f"/api/cover/{ready}?v=7"}
    assert told["failed"][str(failed)] == {"class": "damaged", "message": DAMAGED.message}
    assert told["failed"][str(missing)]["class"] == "vanished"
    assert told["pending"] == [pending]
    assert rung() == 1


def test_asking_again_does_not_ring_again(reader_client: FlaskClient, shelf: Shelf) -> None:
    first, second = shelf.add("1.cbz"), shelf.add("2.cbz")
    news(reader_client, first)
    news(reader_client, first)
    reader_client.get(f"/api/cover/{first}?wait=0")
    assert rung() == 1
    news(reader_client, first, second)
    assert rung() == 2


def test_a_cover_that_nobody_wrote_down_is_rung_for(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz")
    put_cover(comic)
    assert str(comic) in news(reader_client, comic)["ready"]
    assert rung() == 1


@pytest.mark.parametrize("ids", ["", "1,x", "1,,2", "-1", "1;2", "٣", "9" * 19])
def test_a_question_that_makes_no_sense_is_refused(
    reader_client: FlaskClient, data: Path, ids: str
) -> None:
    assert reader_client.get("/api/covers", query_string={"ids": ids}).status_code == 422


def test_a_question_has_its_limit(reader_client: FlaskClient, data: Path) -> None:
    at_most = ",".join(map(str, range(1, 121)))
    assert reader_client.get(f"/api/covers?ids={at_most}").status_code == 200
    assert reader_client.get(f"/api/covers?ids={at_most},121").status_code == 422


# ---- retrying ----


def test_a_cover_that_failed_can_be_tried_again(reader_client: FlaskClient, shelf: Shelf) -> None:
    comic = shelf.add("1.cbz")
    fail_cover(comic)
    answer = reader_client.post(f"/api/cover/{comic}/retry")
    assert answer.status_code == 202
    assert shelf.look(comic).thumbnail_state == WorkState.PENDING
    assert rung() == 1
    assert news(reader_client, comic)["pending"] == [comic]


def test_a_missing_files_cover_cannot_be_tried_again(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz", state=ComicState.MISSING)
    answer = reader_client.post(f"/api/cover/{comic}/retry")
    assert answer.status_code == 409
    assert answer.get_json()["error"]["code"] == "missing"


def test_a_bell_that_was_lost_is_rung_again_while_somebody_waits(
    app: Flask, signed_in: Callable[[users.User], FlaskClient], reader: users.User, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz")
    thread, answers = in_thread(signed_in, reader, f"/api/cover/{comic}")
    wait_for(lambda: rung() == 1)
    for file in settings().data.glob("queue.db*"):
        file.unlink()
    app.extensions["covers"].forget(comic)  # as if the time to ring again had come
    wait_for(lambda: settings().queue_file.exists() and rung() == 1)
    put_cover(comic)
    thread.join()
    assert answers[0].mimetype == "image/jpeg"


def test_a_covers_folder_that_cannot_be_used_leaves_cards(
    shelf: Shelf, data: Path, reader_client: FlaskClient
) -> None:
    comic = shelf.add("1.cbz")
    (data / "covers").rmdir()
    (data / "covers").write_text("a file is in the way")
    answer = reader_client.get(f"/api/cover/{comic}?wait=0")
    assert (answer.status_code, answer.headers["X-Cover"]) == (200, "pending")
    assert reader_client.get(f"/api/covers?ids={comic}").json == {
        "ready": {},
        "failed": {},
        "pending": [comic],
    }
