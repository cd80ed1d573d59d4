"""`longbox library schedule`, `quiet` and `watch`: when libraries are scanned by themselves."""

from __future__ import annotations

import click

from db import libraries, library_times, quiet_hours, schedules
from db.engine import reading, writing
from db.quiet_hours import NEVER
from db.states import ScanKind
from pipeline import slots
from pipeline.cli import needs_database
from pipeline.cli.output import say, when


@click.command()
@click.argument("name")
@click.argument("rule", nargs=-1)
@click.option(
    "--kind",
    type=click.Choice([one.value for one in schedules.KINDS]),
    default=ScanKind.QUICK.value,
    show_default=True,
    help="Which scan it is about.",
)
@click.option("--none", "nothing", is_flag=True, help="No such scan begins by itself any more.")
@needs_database
def schedule(name: str, rule: tuple[str, ...], kind: str, nothing: bool) -> None:
    """Say when scans of a library begin by themselves. Without RULE, show it.

    RULE is in the server's time, as “daily 03:00”, “sunday 04:30”, “weekdays 01:00”, “every 6
    hours”, or five fields as cron has them: “0 3 * * *”.
    """
    if rule and nothing:
        raise click.UsageError("Give a rule or --none, not both.")
    if rule or nothing:
        with writing() as connection:
            found = libraries.named(connection, name)
            made = schedules.put(connection, found.id, ScanKind(kind), " ".join(rule))
        if made is None:
            say(f"No {kind} scan of {name} begins by itself.")
        else:
            say(f"The next {kind} scan of {name} begins at {when(made.next_at)}.")
        return
    with reading() as connection:
        of_it = schedules.of_library(connection, libraries.named(connection, name).id)
    for one in of_it:
        say(f"{one.kind} scan: {one.rule}, next at {when(one.next_at)}")
    if not of_it:
        say(f"No scan of {name} begins by itself.")


@click.command()
@click.argument("name", required=False)
@click.argument("hours", required=False)
@click.option("--all", "of_all", metavar="HOURS", help="The hours of all libraries, or never.")
@needs_database
def quiet(name: str | None, hours: str | None, of_all: str | None) -> None:
    """Say in which hours scans pause. Without HOURS, show them.

    HOURS are as 22:00-07:00, in the server's time; or “never”; or of a library “as-all”.
    """
    if of_all is not None:
        with writing() as connection:
            quiet_hours.set_of_all(connection, "" if of_all == NEVER else of_all)
    if name is not None and hours is not None:
        with writing() as connection:
            found = libraries.named(connection, name)
            said = "" if hours == "as-all" else hours
            quiet_hours.set_of_library(connection, found.id, said)
    with reading() as connection:
        if name is None:
            held = quiet_hours.of_all(connection)
        else:
            held = quiet_hours.that_hold(connection, libraries.named(connection, name).id)
    whose = f"Scans of {name}" if name else "Scans of libraries without hours of their own"
    say(f"{whose} pause {f'from {held.begin:%H:%M} to {held.end:%H:%M}' if held else 'never'}.")


@click.command()
@click.argument("name")
@click.argument("state", type=click.Choice(["on", "off"]))
@needs_database
def watch(name: str, state: str) -> None:
    """Have a library watched, so that what comes into its folders is scanned at once."""
    with writing() as connection:
        found = libraries.named(connection, name)
        library_times.put(connection, found.id, rules={}, watch=state == "on")
    if state == "off":
        say(f"{name} is watched no longer.")
    elif slots.any_held("worker"):
        say(f"{name} is watched from now on. `longbox library list` says how.")
    else:
        say(f"{name} is watched as soon as Longbox runs: start it with `honcho start`.")
