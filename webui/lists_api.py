"""Lists of comics and series, one's own and those that others have made public, for programs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Connection

from db import catalogue
from db.engine import reading, writing
from db.reading import lists
from db.reading.lists import Item, ReadingList
from db.times import iso
from webui import as_json, listings
from webui.deeds import deed
from webui.errors import Problem
from webui.json_body import json_object, optional_text, text, yes_or_no

USUAL = 100
MOST_ITEMS = 5_000  # that are arranged at once
LIST = f"/api/lists/<int(max={listings.LARGEST_ID}):list_id>"
ITEM = f"{LIST}/<any(books,series):of>/<int(max={listings.LARGEST_ID}):subject_id>"

blueprint = Blueprint("lists_api", __name__)


@blueprint.get("/api/lists")
def listing() -> ResponseReturnValue:
    """One's own lists, and the public ones of others."""
    with reading() as connection:
        own = lists.of_user(connection, current_user.id)
        public = lists.public_ones(connection, current_user.id)
    return {"items": [_told(one) for one in own], "public": [_told(one) for one in public]}


@blueprint.post("/api/lists")
def create() -> ResponseReturnValue:
    """Make a list; one with the uid of another of one's own takes its place."""
    body = json_object()
    name, description = text(body, "name"), optional_text(body, "description")
    is_public, uid = yes_or_no(body, "public"), optional_text(body, "uid")
    with writing() as connection:
        made = lists.create(
            connection, deed(), name, description=description, is_public=is_public, uid=uid
        )
    return _told(made), 201


@blueprint.get(LIST)
def get(list_id: int) -> ResponseReturnValue:
    """A list, and a page of what is in it."""
    limit, cursor = listings.limit(USUAL), listings.cursor()
    with reading() as connection:
        found = lists.visible(connection, current_user.id, list_id)
        page = lists.items(connection, found, limit=limit, cursor=cursor)
        items = _items_told(connection, page.items)
    return _told(found) | {"items": items, "next": page.next}


@blueprint.put(LIST)
def put(list_id: int) -> ResponseReturnValue:
    """Change what is said of a list; what is left out stays."""
    body = json_object()
    with writing() as connection:
        found = lists.own(connection, current_user.id, list_id)
        return _told(
            lists.change(
                connection,
                deed(),
                found,
                name=optional_text(body, "name", found.name),
                description=optional_text(body, "description", found.description),
                is_public=yes_or_no(body, "public", found.is_public),
            )
        )


@blueprint.delete(LIST)
def delete(list_id: int) -> ResponseReturnValue:
    with writing() as connection:
        lists.remove(connection, deed(), lists.own(connection, current_user.id, list_id))
    return Response(status=204)


@blueprint.put(ITEM)
def put_item(list_id: int, of: str, subject_id: int) -> ResponseReturnValue:
    """Put a comic or a series at the list's end, unless it is in there."""
    with writing() as connection:
        found = lists.own(connection, current_user.id, list_id)
        lists.add(connection, deed(), found, **_subject(of, subject_id))
    return Response(status=204)


@blueprint.delete(ITEM)
def delete_item(list_id: int, of: str, subject_id: int) -> ResponseReturnValue:
    with writing() as connection:
        found = lists.own(connection, current_user.id, list_id)
        lists.take_out(connection, deed(), found, **_subject(of, subject_id))
    return Response(status=204)


@blueprint.put(f"{LIST}/order")
def arrange(list_id: int) -> ResponseReturnValue:
    """Bring a list into the order of `{"items": [{"book"} or {"series"}, …]}`."""
    items = json_object().get("items")
    if not isinstance(items, list) or len(items) > MOST_ITEMS:
        raise Problem(422, "invalid", f'The request needs "items", at most {MOST_ITEMS:,}.')
    order = [_item(one) for one in items]
    with writing() as connection:
        found = lists.own(connection, current_user.id, list_id)
        lists.arrange(connection, deed(), found, order)
    return Response(status=204)


def _item(one: Any) -> Item:
    ids = (one.get("book"), one.get("series")) if isinstance(one, dict) else (None, None)
    if not all(value is None or type(value) is int for value in ids) or ids == (None, None):
        raise Problem(422, "invalid", 'Each of "items" needs "book" or "series", an id.')
    return Item(*ids, 0, 0.0)


def _subject(of: str, subject_id: int) -> dict[str, int]:
    return {"comic_id" if of == "books" else "series_id": subject_id}


def _items_told(connection: Connection, items: list[Item]) -> list[dict[str, Any]]:
    comic_ids = [one.comic_id for one in items if one.comic_id is not None]
    series_ids = [one.series_id for one in items if one.series_id is not None]
    found = catalogue.comics_by_ids(connection, comic_ids)
    books = {one["id"]: one for one in as_json.books(connection, current_user.id, found)}
    series = {
        one.id: as_json.series(one) for one in catalogue.series_by_ids(connection, series_ids)
    }
    return [
        {
            "book": books.get(one.comic_id or 0),
            "series": series.get(one.series_id or 0),
            "added_at": iso(one.added_at),
        }
        for one in items
    ]


def _told(one: ReadingList) -> dict[str, Any]:
    return {
        "id": one.id,
        "uid": one.uid,
        "name": one.name,
        "description": one.description,
        "public": one.is_public,
        "owner": one.owner,
        "is_own": one.user_id == current_user.id,
        "created_at": iso(one.created_at),
        "changed_at": iso(one.changed_at),
    }
