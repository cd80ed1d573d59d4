"""Cards with how far the visitor has read: one more query for a page of them, however many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import url_for
from flask_login import current_user
from sqlalchemy import Connection

from db.catalogue import Comic, Series
from db.reading import progress, shelves
from webui import cards
from webui.cards import Card

ON_SHELF = 12


def comic_cards(
    connection: Connection, comics: Sequence[Comic], *, in_series: bool = False
) -> list[Card]:
    """The cards of comics."""
    read = progress.of_comics(connection, current_user.id, [one.id for one in comics])
    return [cards.of_comic(one, in_series=in_series, read=read.get(one.id)) for one in comics]


def series_cards(connection: Connection, series: Sequence[Series]) -> list[Card]:
    """The cards of series."""
    read = shelves.read_counts(connection, current_user.id, [one.id for one in series])
    return [cards.of_series(one, read.get(one.id, 0)) for one in series]


def continue_reading(connection: Connection) -> list[Card]:
    """What the visitor has begun; the cards open the reader where it was left."""
    comics = shelves.continue_reading(connection, current_user.id, ON_SHELF)
    return [
        _to_read(one, comic)
        for one, comic in zip(comic_cards(connection, comics), comics, strict=True)
    ]


def on_deck(connection: Connection) -> list[Card]:
    """What comes next of each series that the visitor reads; the cards open the reader."""
    found = shelves.on_deck(connection, current_user.id, ON_SHELF)
    return [_to_read(cards.of_comic(one.comic), one.comic) for one in found]


def _to_read(card: Card, comic: Comic) -> Card:
    return replace(card, address=url_for("reader.page", comic_id=comic.id))
