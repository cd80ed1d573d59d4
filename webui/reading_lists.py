"""The pages of lists: one's own, those that others show, and what is in one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from db import catalogue
from db.engine import reading, writing
from db.reading import lists
from db.reading.lists import Item
from db.reading.words import Unfit
from webui import listings
from webui.auth import render_problem
from webui.deeds import deed
from webui.errors import Problem
from webui.library import ON_PAGE, more
from webui.shelves import comic_cards, series_cards

LIST = f"/lists/<int(max={listings.LARGEST_ID}):list_id>"

blueprint = Blueprint("reading_lists", __name__)


@blueprint.get("/lists")
def lists_page() -> ResponseReturnValue:
    return render_template("reading/lists.html", **_all())


@blueprint.post("/lists")
def create() -> ResponseReturnValue:
    try:
        with writing() as connection:
            made = lists.create(connection, deed(), request.form.get("name", ""))
    except Unfit as error:
        return render_problem("reading/lists.html", _problem(error), **_all())
    return _to(made.id)


@blueprint.get(LIST)
def page(list_id: int) -> ResponseReturnValue:
    """A list with what is in it, each with a button that takes it out."""
    return render_template("reading/list.html", **_one(list_id))


@blueprint.post(LIST)
def change(list_id: int) -> ResponseReturnValue:
    name, description = request.form.get("name", ""), request.form.get("description", "")
    try:
        with writing() as connection:
            found = lists.own(connection, current_user.id, list_id)
            lists.change(
                connection,
                deed(),
                found,
                name=name,
                description=description,
                is_public="public" in request.form,
            )
    except Unfit as error:
        return render_problem("reading/list.html", _problem(error), **_one(list_id))
    return _to(list_id)


@blueprint.post(f"{LIST}/remove")
def remove(list_id: int) -> ResponseReturnValue:
    with writing() as connection:
        lists.remove(connection, deed(), lists.own(connection, current_user.id, list_id))
    return redirect(url_for("reading_lists.lists_page"), 303)


@blueprint.post(f"{LIST}/take-out")
def take_out(list_id: int) -> ResponseReturnValue:
    """Take a comic (`comic`) or a series (`series`) out."""
    with writing() as connection:
        found = lists.own(connection, current_user.id, list_id)
        lists.take_out(
            connection,
            deed(),
            found,
            comic_id=listings.id_in_form("comic"),
            series_id=listings.id_in_form("series"),
        )
    return _to(list_id)


def _all() -> dict[str, Any]:
    with reading() as connection:
        return {
            "own": lists.of_user(connection, current_user.id),
            "public": lists.public_ones(connection, current_user.id),
        }


def _one(list_id: int) -> dict[str, Any]:
    with reading() as connection:
        found = lists.visible(connection, current_user.id, list_id)
        items = lists.items(connection, found, limit=ON_PAGE, cursor=listings.cursor())
        drawn = _cards(connection, items.items)
    return {
        "list": found,
        "is_own": found.user_id == current_user.id,
        "items": drawn,
        "more": more(items),
    }


def _cards(connection: Connection, items: list[Item]) -> list[dict[str, Any]]:
    comics = catalogue.comics_by_ids(connection, [one.comic_id for one in items if one.comic_id])
    series = catalogue.series_by_ids(connection, [one.series_id for one in items if one.series_id])
    cards = {
        ("comic", one.id): card
        for one, card in zip(comics, comic_cards(connection, comics), strict=True)
    } | {
        ("series", one.id): card
        for one, card in zip(series, series_cards(connection, series), strict=True)
    }
    keys = [
        ("comic", one.comic_id) if one.comic_id is not None else ("series", one.series_id or 0)
        for one in items
    ]
    return [{"card": cards[key], "of": key[0], "id": key[1]} for key in keys if key in cards]


def _problem(error: Unfit) -> Problem:
    return Problem(422, "invalid", str(error))


def _to(list_id: int) -> Response:
    return redirect(url_for("reading_lists.page", list_id=list_id), 303)
