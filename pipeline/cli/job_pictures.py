"""What a job looks like in a terminal: its phases as bars, who is at work, and a timeline.

Drawn for the width there is. Nothing here reads the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from db import pace, report
from db.progress import PhaseProgress, PhaseStatus, Progress
from db.shard_progress import ShardProgress
from db.slowest import Slowest
from db.times import now
from pipeline.cli.output import console, safe, status_text

BLOCKS = "▁▂▃▄▅▆▇█"
WIDE = 110  # columns from which on a phase has one line
BAR = 20  # columns, in a wide terminal
LABEL = 8
MARGIN = 2

PHASE_STYLES = {
    PhaseStatus.RUNNING: "cyan",
    PhaseStatus.DONE: "green",
    PhaseStatus.FAILED: "red",
    PhaseStatus.HELD: "yellow",
    PhaseStatus.PAUSED: "yellow",
}


@dataclass(frozen=True, slots=True)
class Look:
    """A job, the shards that somebody is at, and how many of its phase wait."""

    job: Progress
    running: Sequence[ShardProgress] = ()
    waiting: int = 0


def job_picture(look: Look) -> RenderableType:
    """A job with its phases, who is at work, the timeline, and the sentence that says where it
    stands."""
    job, width = look.job, console().width
    heading = Text.assemble(
        (safe(job.library), "bold"),
        (f"  {safe(report.what(job))}, job {job.id}  ", "dim"),
        status_text(job.status),
    )
    if job.elapsed is not None:
        heading.append(f"  {report.elapsed_words(job)}", "dim")
    parts: list[RenderableType] = [heading, *_phases(job, width)]
    if look.running:
        parts += _at_work(look, width)
    if any(phase.samples for phase in job.phases):
        parts += _timeline(job, width)
    parts += [Text(safe(line)) for line in (report.sentence(job), report.note(job)) if line]
    return Group(*parts)


def jobs_picture(looks: Sequence[Look]) -> RenderableType:
    return Group(*(Padding(job_picture(one), (0, 0, 1, 0)) for one in looks))


def live(looks: Sequence[Look]) -> Live:
    """A part of the terminal in which jobs are shown anew, until the end of the block."""
    return Live(jobs_picture(looks), console=console(), refresh_per_second=10)


def print_slowest(screen: Console, what: str, found: Iterable[Slowest]) -> None:
    """Print the files or the folders that took longest, one to a line."""
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    table.add_column(overflow="fold")
    table.add_column(style="dim")
    for one in found:
        phase = report.PHASE_LABELS[one.phase]
        path = safe(one.path) or "the library's own folder"
        table.add_row(report.clock(one.seconds), Text(path), phase)
    if table.row_count:
        screen.print(Text(f"The slowest {what}", style="bold"))
        screen.print(Padding(table, (0, MARGIN)))


def _phases(job: Progress, width: int) -> list[RenderableType]:
    if width < WIDE:
        return [part for phase in job.phases for part in _narrow(phase, width)]
    grid = Table.grid(padding=(0, 2))
    grid.add_column(width=LABEL)
    grid.add_column(width=BAR)
    grid.add_column(justify="right", min_width=18)
    grid.add_column(style="dim")
    for phase in job.phases:
        grid.add_row(_label(phase), _bar(phase, BAR), report.phase_words(phase), _pace(phase))
    return [Padding(grid, (0, MARGIN))]


def _narrow(phase: PhaseProgress, width: int) -> list[RenderableType]:
    """A phase in two lines; the second says how fast it is, if it has begun."""
    words = report.phase_words(phase)
    room = max(width - 2 * MARGIN - LABEL - 4 - max(len(words), 18), 6)
    grid = Table.grid(padding=(0, 2))
    grid.add_column(width=LABEL)
    grid.add_column(width=room)
    grid.add_column(justify="right", min_width=18)
    grid.add_row(_label(phase), _bar(phase, room), words)
    pace_of_it = _pace(phase)
    below = [Padding(pace_of_it, (0, 0, 0, MARGIN + LABEL + 2))] if pace_of_it.plain else []
    return [Padding(grid, (0, MARGIN)), *below]


def _label(phase: PhaseProgress) -> Text:
    return Text(report.PHASE_LABELS[phase.name], style=PHASE_STYLES.get(phase.status, "dim"))


def _bar(phase: PhaseProgress, width: int) -> ProgressBar:
    style = PHASE_STYLES.get(phase.status, "dim")
    return ProgressBar(
        total=1.0,
        completed=phase.share,
        width=width,
        pulse=phase.status is PhaseStatus.RUNNING and not phase.total,
        complete_style=style,
        finished_style=style,
    )


def _pace(phase: PhaseProgress) -> Text:
    words = Text(report.phase_pace(phase), style="dim")
    if phase.failed:
        words.append(", " if words.plain else "").append(f"{phase.failed:,} failed", "red")
    return words


def _at_work(look: Look, width: int) -> list[RenderableType]:
    head = Text.assemble(
        ("At work now", "bold"),
        (f"  {report.shards_words(len(look.running), look.waiting)}", "dim"),
    )
    return [head, *(_shard(one, width) for one in look.running)]


def _shard(shard: ShardProgress, width: int) -> Text:
    """A shard in one line, its path cut off at the end of it; in a narrow terminal in several."""
    line = Text.assemble(
        (f"  shard {shard.number}", "cyan"),
        f"  {safe(shard.worker or '')}",
        (f"  attempt {shard.attempt}" if shard.attempt > 1 else "", "yellow"),
        f"  {shard.processed:,} of {shard.total:,}" if shard.total else "",
        (f"  {shard.failed:,} failed" if shard.failed else "", "red"),
    )
    gap = "  " if width >= WIDE else "\n      "
    if shard.silent_for:
        line.append(f"{gap}no sign of life for {report.duration(shard.silent_for)}", "yellow")
    current = safe(shard.current or "")
    if not current:
        return line
    room = width - len(gap) - (line.cell_len if width >= WIDE else 0)
    path = Text(current, style="dim")
    path.truncate(max(room, 10), overflow="ellipsis")
    return line.append(gap).append_text(path)


def _timeline(job: Progress, width: int) -> list[RenderableType]:
    """When each phase was worked at, and how fast, a character to a slice of the time."""
    begin, end = job.started_at or job.created_at, job.completed_at or now()
    room = min(width, 160) - 2 * MARGIN - LABEL - 2
    lines: list[RenderableType] = []
    for phase in job.phases:
        if not phase.samples or phase.status is PhaseStatus.SKIPPED or end <= begin:
            continue
        rates = pace.over_time(phase.samples, begin, end, room)
        curve = Text("".join(_blocks(rates)), style=PHASE_STYLES.get(phase.status, "dim"))
        name = report.PHASE_LABELS[phase.name].ljust(LABEL + 2)
        lines.append(Text(" " * MARGIN + name, style="dim").append_text(curve))
    if lines:
        length = report.clock(end - begin)
        lines.append(Text(f"{' ' * (MARGIN + LABEL + 2)}0{length:>{room - 1}}", style="dim"))
    return lines


def _blocks(rates: Sequence[float | None]) -> Iterable[str]:
    fastest = max((rate for rate in rates if rate), default=0.0)
    for rate in rates:
        if rate is None:
            yield " "
        else:
            yield BLOCKS[round((len(BLOCKS) - 1) * rate / fastest) if fastest else 0]
