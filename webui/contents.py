"""What a reader is told of a comic before its first page: its pages, where to go on, what is wrong.

The list of pages says only what is known and not usual, and travels packed: a comic may have as
many pages as an archive may have entries. The pages themselves are in `webui/pages.py`.
"""

from __future__ import annotations

import gzip
from collections.abc import Collection, Mapping
from typing import Any

from flask import Response, current_app, request, url_for
from sqlalchemy import Connection

from db import catalogue, errors
from db.catalogue import ComicDetails
from db.errors import ItemError
from db.states import ErrorClass, Phase, WorkState
from webui.errors import Problem

WORTH_PACKING = 16 << 10  # bytes
LEVEL = 1  # of gzip: the addresses of pages are alike

# What says nothing of the pages that were read.
_BESIDE_THE_PAGES = {ErrorClass.METADATA_INVALID, ErrorClass.CHANGING}


def neighbours(connection: Connection, details: ComicDetails) -> dict[str, Any]:
    """Where to go on, and whether what would come first is passed over as it cannot be read."""
    before = catalogue.to_read(connection, details, forward=False)
    after = catalogue.to_read(connection, details, forward=True)
    passed_over = {"previous": before != details.previous_id, "next": after != details.next_id}
    return {"previous": before, "next": after, "passed_over": passed_over}


def page_list(
    comic_id: int,
    version: int,
    count: int,
    sizes: Mapping[int, tuple[int, int]],
    hidden: Collection[int],
) -> list[dict[str, Any]]:
    """Every page's address, with its size in pixels where that is known."""
    first = url_for("pages.page", comic_id=comic_id, page_number=0, v=version)
    before, after = first.rsplit("0?", 1)
    told: list[dict[str, Any]] = [{"url": f"{before}{n}?{after}"} for n in range(count)]
    for number, (width, height) in sizes.items():
        told[number] |= {"width": width, "height": height}
    for number in hidden:
        told[number]["hidden"] = True
    return told


def answer(told: Mapping[str, Any]) -> Response:
    """The answer, packed where that is worth it and the browser takes it."""
    response = Response(current_app.json.dumps(told), mimetype="application/json")
    response.vary.add("Accept-Encoding")
    if len(response.data) > WORTH_PACKING and request.accept_encodings["gzip"]:
        response.data = gzip.compress(response.data, LEVEL)
        response.content_encoding = "gzip"
    return response


def refusal(connection: Connection, comic_id: int) -> Problem:
    """Why a comic that a scan gave up cannot be read."""
    found = failure(connection, comic_id)
    if found is None:
        return Problem(422, "unreadable", "This comic could not be read. A scan may tell why.")
    return Problem(422, found.error_class, f"{found.message} {found.advice}")


def complaint(connection: Connection, details: ComicDetails) -> str | None:
    """What is not whole about a comic that can be read all the same; None when nothing is."""
    if details.comic.index_state != WorkState.DONE:
        return None
    found = failure(connection, details.comic.id)
    return found.message if found and found.error_class not in _BESIDE_THE_PAGES else None


def failure(connection: Connection, comic_id: int) -> ItemError | None:
    """What the scan said when it looked into a comic."""
    found = errors.listing(connection, comic_id=comic_id, phase=Phase.INDEX, limit=1)
    return found[0] if found else None
