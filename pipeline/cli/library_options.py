"""`longbox library options`: what a library's scans do where nothing else is said."""

from __future__ import annotations

import click

from db import libraries, report, scan_profiles, scan_requests
from db.engine import reading, writing
from db.scan_options import Said, in_words
from pipeline.cli import needs_database
from pipeline.cli.option_flags import option_flags
from pipeline.cli.output import say


@click.command("options")
@click.argument("name")
@option_flags
@click.option("--none", "nothing", is_flag=True, help="Forget what was set.")
@needs_database
def options(name: str, said: Said, nothing: bool) -> None:
    """Say what scans of a library do unless told otherwise. Without options, show it.

    What is set here takes the place of all that was set before.
    """
    if said and nothing:
        raise click.UsageError("Give options or --none, not both.")
    with writing() as connection:
        found = libraries.named(connection, name)
        if said or nothing:
            scan_profiles.set_of_library(connection, found.id, said)
    with reading() as connection:
        now = scan_requests.options(connection, found.id, {})
    say(", ".join([report.KIND_LABELS[now.kind], *in_words(now)]) + ".")
