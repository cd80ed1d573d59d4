"""What the commands print: tables for people, JSON for programs, and bars while one waits.

Names of files are shown as they are, but for characters that would speak to the terminal itself.
Nothing here reads the database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Literal

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from db import report
from db.progress import PhaseProgress, PhaseStatus, Progress
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
PHASE_STYLES = {
    PhaseStatus.RUNNING: "cyan",
    PhaseStatus.DONE: "green",
    PhaseStatus.FAILED: "red",
    PhaseStatus.HELD: "yellow",
    PhaseStatus.PAUSED: "yellow",
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


def when(moment: float) -> str:
    """A moment in the time zone of who reads it."""
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M")


def job_picture(job: Progress) -> RenderableType:
    """A job with its phases as bars, and the sentence that says where it stands."""
    heading = Text.assemble(
        (safe(job.library), "bold"),
        (f"  {report.KIND_LABELS[job.kind].lower()}, job {job.id}  ", "dim"),
        status_text(job.status),
    )
    phases = Table.grid(padding=(0, 2))
    phases.add_column(width=9)
    phases.add_column(width=20)
    phases.add_column(justify="right", min_width=16)
    phases.add_column(style="dim")
    for phase in job.phases:
        phases.add_row(*_phase_cells(phase))
    words = [safe(report.sentence(job)), safe(report.note(job))]
    told = [Text(line) for line in words if line]
    return Group(heading, Padding(phases, (0, 2)), *told)


def live(jobs: Sequence[Progress]) -> AbstractContextManager[Live]:
    """A part of the terminal in which jobs are shown anew, until the end of the block."""
    return Live(jobs_picture(jobs), console=console(), refresh_per_second=10)


def jobs_picture(jobs: Sequence[Progress]) -> RenderableType:
    return Group(*(Padding(job_picture(job), (0, 0, 1, 0)) for job in jobs))


def _phase_cells(phase: PhaseProgress) -> tuple[RenderableType, ...]:
    style = PHASE_STYLES.get(phase.status, "dim")
    running = phase.status is PhaseStatus.RUNNING
    bar = ProgressBar(
        total=1.0,
        completed=phase.share,
        width=20,
        pulse=running and not phase.total,
        complete_style=style,
        finished_style=style,
    )
    label = Text(report.PHASE_LABELS[phase.name], style=style)
    return label, bar, report.phase_words(phase), _pace(phase)


def _pace(phase: PhaseProgress) -> str:
    words = [] if phase.rate is None else [report.speed(phase.rate)]
    if phase.failed:
        words.append(f"{phase.failed:,} failed")
    return ", ".join(words)
