"""`longbox profile`: options for scans that are kept under a name."""

from __future__ import annotations

from typing import Any

import click

from db import report, scan_profiles
from db.engine import reading, writing
from db.scan_options import Said, in_words
from db.scan_profiles import Profile
from pipeline.cli import needs_database
from pipeline.cli.option_flags import option_flags
from pipeline.cli.output import json_option, print_json, print_table, say


@click.group()
def profile() -> None:
    """Options for scans that are kept under a name."""


@profile.command("list")
@json_option
@needs_database
def listing(as_json: bool) -> None:
    """Show all profiles."""
    with reading() as connection:
        found = scan_profiles.listing(connection)
    if as_json:
        print_json([_as_json(one) for one in found])
    elif found:
        print_table(
            ("Name", "Scan", "It"),
            [
                (one.name, report.KIND_LABELS[one.options.kind], ", ".join(in_words(one.options)))
                for one in found
            ],
        )
    else:
        say("There is no profile yet. `longbox profile save NAME` keeps one.")


@profile.command("save")
@click.argument("name")
@option_flags
@needs_database
def save(name: str, said: Said) -> None:
    """Keep options under NAME, in the place of those that it had."""
    with writing() as connection:
        kept = scan_profiles.keep(connection, name, said)
    say(f"Kept. `longbox scan --profile '{kept.name}'` scans with it.")


@profile.command("remove")
@click.argument("name")
@needs_database
def remove(name: str) -> None:
    """Forget a profile."""
    with writing() as connection:
        scan_profiles.remove(connection, name)
    say(f"Forgotten: {name}.")


def _as_json(one: Profile) -> dict[str, Any]:
    return {"name": one.name, "options": one.said}
