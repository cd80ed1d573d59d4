"""`longbox scan`: asking for a scan of everything, of one library or of a part of one."""

from __future__ import annotations

import click

from db import folder_requests, scan_requests
from db.engine import reading, writing
from db.paths import display
from db.scan_options import Said
from pipeline import dry_runs, slots, tasks
from pipeline.cli import AlreadySo, needs_database
from pipeline.cli import dry_run as dry_run_output
from pipeline.cli.option_flags import option_flags
from pipeline.cli.output import ID, safe, say
from pipeline.cli.watching import wait_for

BY = "the command line"


@click.command()
@click.argument("library", required=False)
@option_flags
@click.option("--profile", metavar="NAME", help="With the options of this profile.")
@click.option("--folder", metavar="PATH", help="Only this folder, with all that lies in it.")
@click.option("--series", metavar="ID", type=ID, help="Only the folder of this series.")
@click.option("--wait", is_flag=True, help="Show the progress until it ends.")
@click.option("--dry-run", is_flag=True, help="Only tell what it would do; nothing is written.")
@click.option("--json", "as_json", is_flag=True, help="Print a dry run as JSON.")
@needs_database
def scan(
    library: str | None,
    said: Said,
    profile: str | None,
    folder: str | None,
    series: int | None,
    wait: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Scan a library, or all of them; or with --folder or --series a part of one.

    What is not said is as the profile has it, and then as the library. The work is done by the
    worker that `honcho start` runs. With --wait the exit status says how it ended: 0 well, 1
    failed, held or cancelled, 3 a scan was under way already. A part is scanned by the scan that
    is under way, if there is one.
    """
    if dry_run:
        _look(library, said, profile, folder, series, as_json=as_json)
        return
    if folder is None and series is None:
        begun = _scan_whole(library, said, profile)
    elif said or profile:
        raise click.UsageError("A part of a library is scanned as the library's options say.")
    else:
        begun = [_scan_part(library, folder, series)]
    if not slots.any_held("worker"):
        say("It begins as soon as Longbox runs: start it with `honcho start`.")
    if wait:
        wait_for(begun)


def _look(
    library: str | None,
    said: Said,
    profile: str | None,
    folder: str | None,
    series: int | None,
    *,
    as_json: bool,
) -> None:
    """Tell what such a scan would do."""
    parts: list[tuple[int, bytes]]
    if folder is None and series is None:
        with reading() as connection:
            parts = [(one.id, b"") for one in scan_requests.chosen(connection, library)]
    else:
        place = _place(library, folder, series)
        parts = [(place.library_id, place.path)]
    with reading() as connection:
        wanted = [
            dry_runs.Wanted(one, scan_requests.options(connection, one, said, profile), [path])
            for one, path in parts
        ]
    dry_run_output.show(dry_runs.answers(wanted), as_json=as_json)


def _place(library: str | None, folder: str | None, series: int | None) -> folder_requests.Place:
    with reading() as connection:
        if folder is not None:
            place = folder_requests.of_folder(connection, library, folder)
        else:
            place = folder_requests.of_series(connection, library, series or 0)
    return folder_requests.as_on_disk(place)


def _scan_part(library: str | None, folder: str | None, series: int | None) -> int:
    place = _place(library, folder, series)
    with writing() as connection:
        answer = folder_requests.request(connection, place, BY)
    tasks.ring(answer.job_id)
    how = "is added to" if answer.appended else "is queued as"
    say(f"A scan of {display(place.path) or answer.library} {how} job {answer.job_id}.")
    return answer.job_id


def _scan_whole(library: str | None, said: Said, profile: str | None) -> list[int]:
    with writing() as connection:
        answers = scan_requests.request(connection, library, said, BY, profile)
    begun = [answer.job_id for answer in answers if answer.refusal is None]
    for answer in answers:
        if answer.refusal is None:
            tasks.ring(answer.job_id)
            say(f"A {answer.kind} scan of {answer.library} is queued as job {answer.job_id}.")
        elif begun:
            say(answer.refusal)
    if not begun:
        raise AlreadySo("\n".join(safe(answer.refusal or "") for answer in answers))
    return begun
