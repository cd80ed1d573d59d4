"""`longbox journal` and `longbox restore-reading`: what became of somebody's reading data."""

from __future__ import annotations

from datetime import datetime

import click

from db import users
from db.engine import reading, writing
from db.paths import display
from db.reading import restore, telling
from db.reading.journal import Cause, Change, Deed, Line, newest
from db.reading.restore import Plan
from db.times import iso
from pipeline.cli import needs_database
from pipeline.cli.output import json_option, print_json, print_table, say, when

SHOWN = 20  # changes of a plan that are printed one by one


class Moment(click.ParamType[float]):
    """A moment in the time zone of who types it, unless it says its own."""

    name = "moment"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        try:
            return datetime.fromisoformat(value).timestamp()
        except (ValueError, OverflowError, OSError):
            self.fail(f"{value} is no moment such as “2026-11-21 14:30”.", param, ctx)


@click.command()
@click.argument("user")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000))
@json_option
@needs_database
def journal(user: str, limit: int, as_json: bool) -> None:
    """Show how a user's reading data was changed, the newest first."""
    with reading() as connection:
        found = users.named(connection, user)
        lines = newest(connection, found.id, limit=limit)
    if as_json:
        print_json([_as_json(one) for one in lines])
    elif lines:
        print_table(("When", "What", "Change", "Why", "From"), map(_row, lines))
    else:
        say(f"Nothing is written of {found.name} yet.")


@click.command("restore-reading")
@click.argument("user")
@click.option("--to", "moment", type=Moment(), help="Such as “2026-11-21 14:30”.")
@click.option("--removed", is_flag=True, help="What a removed user of this name had.")
@click.option("--dry-run", is_flag=True, help="Say what would be changed, and change nothing.")
@needs_database
def restore_reading(user: str, moment: float | None, removed: bool, dry_run: bool) -> None:
    """Bring a user's reading data back to how it was at a moment.

    The restore is in the user's journal, and can itself be taken back by another one. With
    --removed, the user gets what somebody of the same name had who was removed.
    """
    if (moment is None) != removed:
        raise click.UsageError("Say either --to MOMENT or --removed.")
    with reading() as connection:
        found = users.named(connection, user)
    if moment is None:
        _bring_back_removed(found, dry_run)
        return
    if dry_run:
        with reading() as connection:
            _print_plan(found, restore.plan(connection, found.id, moment))
        return
    with writing() as connection:
        planned = restore.plan(connection, found.id, moment)
        restore.carry_out(connection, Deed(found.id, Cause.RESTORE, "longbox"), planned)
    say(f"Brought {_count(planned)} of {found.name} back to {when(moment)}.{_unfound(planned)}")


def _bring_back_removed(user: users.User, dry_run: bool) -> None:
    with reading() as connection:
        had = restore.of_removed(connection, user.name)
    if dry_run:
        say(f"Would give {user.name} {len(had):,} entries of the removed user.")
        return
    with writing() as connection:
        deed = Deed(user.id, Cause.RESTORE, "longbox")
        changed = restore.give(connection, deed, had)
    say(f"Gave {user.name} {changed:,} entries of the removed user.")


def _print_plan(user: users.User, planned: Plan) -> None:
    say(f"Would change {_count(planned)} of {user.name}.{_unfound(planned)}")
    rows = [_change_row(one) for one in planned.changes[:SHOWN]]
    if rows:
        print_table(("What", "Which", "Change"), rows)
    if len(planned.changes) > SHOWN:
        say(f"… and {len(planned.changes) - SHOWN:,} more.")


def _count(planned: Plan) -> str:
    many = len(planned.changes)
    return "1 entry" if many == 1 else f"{many:,} entries"


def _unfound(planned: Plan) -> str:
    if not planned.unfound:
        return ""
    return (
        f" {planned.unfound:,} lines of the journal are about comics that are not in the "
        "catalogue; what is known of those comes back with them."
    )


def _change_row(change: Change) -> tuple[str, str, str]:
    entry = change.entry
    which = ""
    if entry.comic_id is not None:
        which = f"comic {entry.comic_id}"
    elif entry.series_id is not None:
        which = f"series {entry.series_id}"
    return entry.kind, which, telling.words(change)


def _row(line: Line) -> tuple[str, str, str, str, str]:
    return (
        when(line.at),
        telling.subject_of(line),
        telling.words(line.change),
        telling.CAUSES[line.cause],
        line.device,
    )


def _as_json(line: Line) -> dict[str, object]:
    entry = line.change.entry
    return {
        "id": line.id,
        "at": iso(line.at),
        "deed": line.deed,
        "cause": line.cause,
        "kind": entry.kind,
        "name": entry.name,
        "comic": entry.comic_id,
        "series": entry.series_id,
        "path": line.subject and display(line.subject.path),
        "before": line.change.before,
        "after": line.change.after,
        "device": line.device,
    }
