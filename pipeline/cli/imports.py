"""`longbox import`: bringing over what another comic server knows of its users."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import click

from db.legacy import vibe as vibe_database
from db.legacy.matching import Root, Rule
from db.legacy.translation import What, Why
from db.paths import display
from db.reading.bringing import Outcome
from pipeline import vibe_covers, vibe_import
from pipeline.cli import needs_database
from pipeline.cli.output import json_option, print_json, print_table, say
from pipeline.vibe_covers import Covers
from pipeline.vibe_import import Became, Report

SHOWN = 20  # comics that were not found, which are printed one by one

_OUTCOMES = (
    ("Brought", (Outcome.BROUGHT,)),
    ("Here already", (Outcome.SAME,)),
    ("Kept for later", (Outcome.KEPT, Outcome.KEPT_BEFORE)),
)


class Mapping(click.ParamType[Root]):
    """OLD=NEW: a folder there, and the same folder here."""

    name = "old=new"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Root:
        parts = re.fullmatch(r"(.+?)=(/.*)", value)
        if parts is None:
            self.fail(f"{value} is not OLD=NEW, of which NEW begins with a slash.", param, ctx)
        new = os.path.realpath(parts[2])
        return Root(vibe_database.with_slashes(parts[1]), "" if new == "/" else new)


@click.group("import")
def import_() -> None:
    """Bring over what another comic server knows."""


@import_.command()
@click.argument("database", type=click.Path(path_type=Path))
@click.option(
    "--map",
    "roots",
    type=Mapping(),
    multiple=True,
    metavar="OLD=NEW",
    help="Comics below OLD there are below NEW here. May be said several times.",
)
@click.option(
    "--covers",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help=f"The folder with its covers; “{vibe_covers.BESIDE}” beside the database unless said.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be brought, and change nothing.")
@json_option
@needs_database
def vibe(
    database: Path, roots: tuple[Root, ...], covers: Path | None, dry_run: bool, as_json: bool
) -> None:
    """Bring over users and their reading data from a Vibe CBR Reader's DATABASE.

    Scan your comics first. What is known of comics that are not here is kept until they are. The
    database is only read; doing it again changes nothing.
    """
    source = vibe_database.read(database)
    report = vibe_import.bring(source, roots, dry_run=dry_run)
    folder = covers or database.parent / vibe_covers.BESIDE
    drawn = Covers()
    if folder.is_dir():
        drawn = vibe_covers.take_over(source, report.found, folder, dry_run=dry_run)
    if as_json:
        print_json(_as_json(report, drawn, dry_run=dry_run))
    else:
        _print(report, drawn, dry_run=dry_run)


def _print(report: Report, drawn: Covers, *, dry_run: bool) -> None:
    if dry_run:
        say("Nothing was changed. This is what would be:")
    print_table(("User", "Role", "Became", "Note"), map(_user_row, report.arrivals))
    print_table(
        ("What", "There#", *(f"{name}#" for name, _ in _OUTCOMES), "Left out#"), _rows(report)
    )
    for what, why, many in _left_out(report):
        say(f"Left out: {many:,} of {what}: {why}.")
    _print_comics(report)
    if drawn:
        say("Covers: " + ", ".join(f"{many:,} {became}" for became, many in drawn.items()) + ".")


def _print_comics(report: Report) -> None:
    found = _found(report)
    total = len(report.source.comics)
    rules = ", ".join(f"{many:,} by {rule}" for rule, many in found.items()) or "none"
    say(f"Comics: {sum(found.values()):,} of {total:,} are here: {rules}.")
    for root in report.found.roots:
        said = "as it seems" if report.found.is_guess else "as you say"
        say(f"{root.old or '/'} there is {root.new or '/'} here, {said}.")
    missing = _missing(report)
    if missing:
        say(f"{len(missing):,} are not here, or not for sure; what is known of them is kept:")
        for path, is_ambiguous in missing[:SHOWN]:
            say(f"  {path}{' (two comics here would do)' if is_ambiguous else ''}")
    if len(missing) > SHOWN:
        say(f"  … and {len(missing) - SHOWN:,} more; --json has all.")


def _user_row(one: vibe_import.Arrival) -> tuple[str, str, str, str]:
    words = {
        Became.ADDED: "a user here",
        Became.MERGED: "the user of that name here",
        Became.LEFT: "left out",
    }
    return one.name, "admin" if one.is_admin else "reader", words[one.became], one.note


def _rows(report: Report) -> list[tuple[str, ...]]:
    return [(what, *(f"{many:,}" for many in _figures(report, what).values())) for what in What]


def _figures(report: Report, what: What) -> dict[str, int]:
    figures = {"There": report.total(what)}
    for name, outcomes in _OUTCOMES:
        figures[name] = sum(report.rows[what, one] for one in outcomes)
    figures["Left out"] = report.total(what) - sum(figures[name] for name, _ in _OUTCOMES)
    return figures


def _left_out(report: Report) -> list[tuple[str, str, int]]:
    left = [(what, why, many) for (what, why), many in report.left.items()]
    taken = [(what, Why.TAKEN_AWAY, report.rows[what, Outcome.TAKEN_AWAY]) for what in What]
    return [(what, why, many) for what, why, many in (*left, *taken) if many]


def _found(report: Report) -> dict[Rule, int]:
    counted = [one.rule for one in report.found.comics.values()]
    return {rule: counted.count(rule) for rule in Rule if rule in counted}


def _missing(report: Report) -> list[tuple[str, bool]]:
    """The paths there of comics that are not here, and whether that is because two would do."""
    found = report.found
    return [
        (display(os.fsencode(one.path)), one.id in found.ambiguous)
        for one in report.source.comics
        if one.id not in found.comics
    ]


def _as_json(report: Report, drawn: Covers, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "schema": report.source.generation,
        "users": [
            {
                "name": one.name,
                "is_admin": one.is_admin,
                "became": one.became,
                "note": one.note,
            }
            for one in report.arrivals
        ],
        "rows": {
            what: {
                name.lower().replace(" ", "_"): many
                for name, many in _figures(report, what).items()
            }
            for what in What
        },
        "left_out": [
            {"what": what, "why": why, "count": many} for what, why, many in _left_out(report)
        ],
        "covers": {became.name.lower(): many for became, many in drawn.items()},
        "comics": {
            "there": len(report.source.comics),
            "found": {rule.name.lower(): many for rule, many in _found(report).items()},
            "roots": [{"old": one.old or "/", "new": one.new or "/"} for one in report.found.roots],
            "roots_are_a_guess": report.found.is_guess and bool(report.found.roots),
            "missing": [
                {"path": path, "is_ambiguous": is_ambiguous}
                for path, is_ambiguous in _missing(report)
            ],
        },
    }
