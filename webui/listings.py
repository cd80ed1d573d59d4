"""What the address of a listing asks for: its order, its length, and where it goes on; and the
numbers in addresses and forms, as far as the database has room for them.
"""

from __future__ import annotations

from collections.abc import Collection

from flask import request

from db.catalogue import Shelf
from webui.errors import Problem

LARGEST_ID = 2**63 - 1
MOST = 500  # items in one answer


def sort_among(orders: Collection[str]) -> str:
    """The order asked for with `?sort=`, the first of them if none; raises Problem."""
    chosen = request.args.get("sort") or next(iter(orders))
    if chosen not in orders:
        raise Problem(422, "invalid", f"sort must be one of {', '.join(orders)}.")
    return chosen


def limit(usual: int) -> int:
    """How many items are asked for with `?limit=`; raises Problem."""
    return number("limit", 1, MOST) or usual


def number(name: str, lowest: int, highest: int) -> int | None:
    """A whole number of the address, None when it is not there; raises Problem."""
    return _number(name, request.args.get(name, ""), lowest, highest)


def id_in_form(name: str) -> int | None:
    """An id in a field of the form, None when the field is empty; raises Problem."""
    return _number(name, request.form.get(name, ""), 1, LARGEST_ID)


def _number(name: str, words: str, lowest: int, highest: int) -> int | None:
    if not words:
        return None
    if not words.isascii() or not words.isdigit() or len(words) > 19:
        raise Problem(422, "invalid", f"{name} must be a whole number.")
    value = int(words)
    if not lowest <= value <= highest:
        raise Problem(422, "invalid", f"{name} must be from {lowest} to {highest}.")
    return value


def shelf() -> Shelf:
    """The part of the wall asked for with `?library=&category=&subcategory=`; raises Problem."""
    return Shelf(number("library", 1, LARGEST_ID), words("category"), words("subcategory"))


def cursor() -> str | None:
    return request.args.get("cursor") or None


def words(name: str) -> str | None:
    """Text of the address, None when it is empty or not there; raises Problem."""
    value = request.args.get(name) or None
    if value and "\0" in value:
        raise Problem(422, "invalid", f"{name} must be text.")
    return value
