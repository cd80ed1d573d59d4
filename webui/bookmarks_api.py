"""Bookmarks and notes on pages, for programs and the reader. Everybody sees their own alone."""

from __future__ import annotations

import math
from typing import Any

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from flask_login import current_user

from db.engine import reading, writing
from db.reading import bookmarks, notes, subjects, words
from db.reading.bookmarks import Bookmark
from db.reading.notes import Note, Place
from db.times import iso
from webui import listings
from webui.deeds import deed
from webui.errors import Problem
from webui.json_body import json_object, optional_text, whole

USUAL = 100
BOOKMARK = (
    f"/api/bookmarks/<int(max={listings.LARGEST_ID}):comic_id>/<int(max={words.LARGEST_PAGE}):page>"
)
NOTE = f"/api/notes/<int(max={listings.LARGEST_ID}):note_id>"
NOTE_BY_UID = f"/api/notes/<int(max={listings.LARGEST_ID}):comic_id>/<uid>"

blueprint = Blueprint("bookmarks_api", __name__)


@blueprint.get("/api/bookmarks")
def bookmarks_list() -> ResponseReturnValue:
    """One's bookmarks: those in a comic (`?book=`) by page, or a page of all, newest first."""
    comic_id = listings.number("book", 1, listings.LARGEST_ID)
    with reading() as connection:
        if comic_id is not None:
            found = bookmarks.of_comic(connection, current_user.id, comic_id)
            return {"items": [_bookmark(one) for one in found], "next": None}
        limit, cursor = listings.limit(USUAL), listings.cursor()
        page = bookmarks.listing(connection, current_user.id, limit=limit, cursor=cursor)
    return {"items": [_bookmark(one) for one in page.items], "next": page.next}


@blueprint.put(BOOKMARK)
def put_bookmark(comic_id: int, page: int) -> ResponseReturnValue:
    """Bookmark a page, with `{"note"?}`; again, it changes the note."""
    body = json_object()
    with writing() as connection:
        note = optional_text(body, "note")
        return _bookmark(bookmarks.put(connection, deed(), comic_id, page, note))


@blueprint.delete(BOOKMARK)
def delete_bookmark(comic_id: int, page: int) -> ResponseReturnValue:
    with writing() as connection:
        bookmarks.remove(connection, deed(), comic_id, page)
    return Response(status=204)


@blueprint.get("/api/notes")
def notes_list() -> ResponseReturnValue:
    """One's notes: those in a comic (`?book=`) by page, or a page of all, newest first."""
    comic_id = listings.number("book", 1, listings.LARGEST_ID)
    with reading() as connection:
        if comic_id is not None:
            found = notes.of_comic(connection, current_user.id, comic_id)
            return {"items": [_note(one) for one in found], "next": None}
        limit, cursor = listings.limit(USUAL), listings.cursor()
        page = notes.listing(connection, current_user.id, limit=limit, cursor=cursor)
    return {"items": [_note(one) for one in page.items], "next": page.next}


@blueprint.post("/api/notes")
def post_note() -> ResponseReturnValue:
    """Write a note; one with the uid of another takes its place, so that a retry is safe."""
    body = json_object()
    comic_id = whole(body, "book", 1, listings.LARGEST_ID)
    return _written(comic_id, body, optional_text(body, "uid")), 201


@blueprint.put(NOTE)
def put_note(note_id: int) -> ResponseReturnValue:
    body = json_object()
    with reading() as connection:
        note = notes.get(connection, current_user.id, note_id)
    return _written(note.comic_id, {"page": note.page} | body, note.uid)


@blueprint.delete(NOTE)
def delete_note(note_id: int) -> ResponseReturnValue:
    with writing() as connection:
        try:
            note = notes.get(connection, current_user.id, note_id)
        except subjects.NotThere:
            return Response(status=204)
        notes.remove(connection, deed(), note.comic_id, note.uid)
    return Response(status=204)


@blueprint.put(NOTE_BY_UID)
def put_note_by_uid(comic_id: int, uid: str) -> ResponseReturnValue:
    """Write a note under a uid of the caller's choice, or in the place of the one that has it."""
    return _written(comic_id, json_object(), uid)


@blueprint.delete(NOTE_BY_UID)
def delete_note_by_uid(comic_id: int, uid: str) -> ResponseReturnValue:
    with writing() as connection:
        notes.remove(connection, deed(), comic_id, words.uid(uid))
    return Response(status=204)


def _written(comic_id: int, body: dict[str, Any], uid: str) -> dict[str, Any]:
    page = whole(body, "page", 0, words.LARGEST_PAGE)
    text, highlight = optional_text(body, "text"), optional_text(body, "highlight")
    place = _place(body)
    with writing() as connection:
        return _note(
            notes.put(
                connection,
                deed(),
                comic_id,
                page,
                text=text,
                highlight=highlight,
                place=place,
                uid=uid,
            )
        )


def _place(body: dict[str, Any]) -> Place | None:
    """Where on the page, if that is said: all four of x, y, width and height."""
    values = [body.get(name) for name in ("x", "y", "width", "height")]
    if all(value is None for value in values):
        return None
    if not all(_is_number(value) for value in values):
        raise Problem(422, "invalid", "x, y, width and height are numbers, all four or none.")
    return Place(*values)  # type: ignore[arg-type]  # numbers, as was just seen


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value)


def _bookmark(one: Bookmark) -> dict[str, Any]:
    return {
        "id": one.id,
        "book": one.comic_id,
        "page": one.page,
        "note": one.note,
        "created_at": iso(one.created_at),
        "changed_at": iso(one.changed_at),
    }


def _note(one: Note) -> dict[str, Any]:
    place = one.place
    return {
        "id": one.id,
        "uid": one.uid,
        "book": one.comic_id,
        "page": one.page,
        "text": one.text,
        "highlight": one.highlight,
        "x": place and place.x,
        "y": place and place.y,
        "width": place and place.width,
        "height": place and place.height,
        "created_at": iso(one.created_at),
        "changed_at": iso(one.changed_at),
    }
