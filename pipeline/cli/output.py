"""What the commands print: tables for people, JSON for programs.

Names of files are shown as they are, but for characters that would speak to the terminal itself.
Nothing here reads the database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from db.states import JobStatus

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")

ID = click.IntRange(1, 2**63 - 1)

STATUS_STYLES = {
    JobStatus.QUEUED: "cyan",
    JobStatus.RUNNING: "bold cyan",
    JobStatus.PAUSED: "yellow",
    JobStatus.HELD: "bold yellow",
    JobStatus.COMPLETED: "green",
    JobStatus.FAILED: "bold red",
    JobStatus.CANCELLED: "dim",
}


def console() -> Console:
    """A console for what standard output is now; colours only on a terminal."""
    return Console(highlight=False, emoji=False, markup=False)


def safe(text: str) -> str:
    """A text without control characters, which in a file's name could take over the terminal."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def say(sentence: str) -> None:
    click.echo(safe(sentence))


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> None:
    """Print rows under their headings; a heading that ends in `#` is of numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        side: Literal["right", "left"] = "right" if heading.endswith("#") else "left"
        table.add_column(heading.rstrip("#"), justify=side, overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(safe(cell)) for cell in row))
    console().print(table)


def status_text(status: JobStatus) -> Text:
    return Text(status, style=STATUS_STYLES[status])


def when(moment: float, *, seconds: bool = False) -> str:
    """A moment in the time zone of who reads it."""
    shape = "%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M"
    return datetime.fromtimestamp(moment).astimezone().strftime(shape)
