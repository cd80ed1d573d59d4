"""`longbox duplicates`: comics that are in the library more than once. No file is removed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from db import duplicates as found_duplicates
from db import report, scan_requests, surveys
from db.duplicates import Choice, Copy, Group
from db.engine import reading, writing
from db.states import DuplicateKind
from pipeline import surveying
from pipeline.cli import needs_database
from pipeline.cli.output import json_option, print_json, say

BY = "the command line"

KINDS = {
    DuplicateKind.CONTENT: "same content",
    DuplicateKind.PAGES: "same but for metadata",
    DuplicateKind.ISSUE: "same issue, other pages",
}


@click.command()
@click.argument("library", required=False)
@json_option
@needs_database
def duplicates(library: str | None, as_json: bool) -> None:
    """List comics that are there more than once, and which copy to keep. No file is removed."""
    with reading() as connection:
        library_id = None if library is None else scan_requests.find(connection, library).id
    _survey_if_due()
    groups = found_duplicates.every_group(Choice(library_id=library_id))
    if as_json:
        print_json([_group_json(one) for one in groups])
        return
    shown = list(groups)
    if not shown:
        say("Nothing is there twice.")
        return
    for line in (line for one in shown for line in _lines(one)):
        say(line)
    spare = sum(one.size for group in shown for one in group.others)
    say(
        f"{report.count(len(shown), 'comic')} in more than one copy. Without those that are not "
        f"marked “keep”, {report.size(spare)} would be free."
    )


def _survey_if_due() -> None:
    """Look over the library first, when something has changed since that was done."""
    with writing() as connection:
        if surveys.is_due(connection) or surveys.newest(connection) is None:
            surveys.ask(connection, BY)
    with reading() as connection:
        survey_id = surveys.wanted(connection)
    if survey_id is not None:
        surveying.make(survey_id)
    with reading() as connection:
        failed = surveys.failed(connection)
    if failed and failed.problem:
        raise click.ClickException(failed.problem)


def _lines(group: Group) -> Iterator[str]:
    """A group as it is read in a terminal: paths stand last, so that long ones may wrap."""
    yield f"{_name(group.copies[0])} · {KINDS[group.kind]}"
    for one in group.copies:
        yield "  ".join(
            (
                "",
                "keep" if one.id == group.best.comic_id and group.best.is_suggested else "    ",
                f"{report.count(one.page_count, 'page'):>10}",
                f"{report.size(one.size):>8}",
                one.file + (" (damaged)" if one.is_damaged else ""),
            )
        )
    if not group.best.is_suggested:
        yield f"  {group.best.why}"
    yield ""


def _name(copy: Copy) -> str:
    return f"{copy.series} #{copy.number}" if copy.number else copy.series


def _group_json(group: Group) -> dict[str, Any]:
    return {
        "kind": group.kind,
        "keep": group.copies[0].file if group.best.is_suggested else None,
        "why": group.best.why,
        "copies": [
            {
                "id": one.id,
                "file": one.file,
                "library": one.library,
                "container": one.container,
                "pages": one.page_count,
                "size": one.size,
                "damaged": one.is_damaged,
                "readers": list(one.readers),
            }
            for one in group.copies
        ],
    }
