"""What becomes of each file below some folders: its format, its pages or its error, its cost.

    python -m bench.formats DIR … [--compare] [--json] [--seconds 60]

Every file is opened in a process of its own, behind the limits that Longbox has. With --compare,
its pages are held against what other programs on this machine unpack. The exit status is 1 when a
file brought its process down, made it hang, or was more than Longbox's own code was ready for.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import engines
from bench.opening import CRASHED, HUNG, Opening, run

NEVER = (CRASHED, HUNG, "internal")


@dataclass(slots=True)
class Row:
    """One file of the table; `others` are the engines that can read all its pictures."""

    file: str
    opening: Opening
    others: list[str] = field(default_factory=list)
    equal: bool | None = None  # whether the pages are those of another engine, to the byte

    @property
    def what(self) -> str:
        """Its error class, or nothing."""
        return self.opening.error

    @property
    def counts(self) -> bool:
        """Whether it is one of those that two others can read; pages of a PDF may be drawn."""
        return len(self.others) > 1 and self.opening.container != "pdf"


def files_below(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file below a folder, by the name it has in the table."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not file.is_symlink():
            yield f"{folder.name}/{file.relative_to(folder)}", file


def look_at(name: str, file: Path, seconds: float, others: dict[str, engines.Engine]) -> Row:
    """Open one file, and have the others unpack it too."""
    row = Row(name, run(file, seconds))
    ours = Counter(row.opening.sums)
    for engine, unpack in others.items():
        theirs = unpack(file)
        if theirs:
            row.others.append(engine)
            row.equal = bool(row.equal) or (row.opening.is_whole and theirs == ours)
    return row


def show(rows: Sequence[Row]) -> None:
    """The table and its totals."""
    table = Table(box=None, pad_edge=False)
    for heading in ("file", "format", "pages", "error", "ms", "MB", "as in"):
        table.add_column(heading, justify="right" if heading in ("pages", "ms", "MB") else "left")
    for row in rows:
        table.add_row(*_cells(row))
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table)
    for line in totals(rows):
        console.print(line)


def totals(rows: Sequence[Row]) -> Iterator[str]:
    """What the table comes to, a sentence each."""
    whole = sum(row.opening.is_whole for row in rows)
    some = sum(0 < len(row.opening.sums) < row.opening.pages for row in rows)
    yield f"{len(rows)} files: {whole} comics read fully, {some} in part."
    errors = Counter(row.what for row in rows if row.what)
    yield "Errors: " + ", ".join(f"{many} {what}" for what, many in errors.most_common()) + "."
    if rows:
        slowest = max(rows, key=lambda row: row.opening.milliseconds)
        largest = max(rows, key=lambda row: row.opening.memory)
        yield f"Slowest: {slowest.opening.milliseconds:,.0f} ms, {slowest.file}."
        yield f"Most memory: {largest.opening.memory:,.0f} MB, {largest.file}."
    compared = [row for row in rows if row.counts]
    if compared:
        equal = sum(bool(row.equal) for row in compared)
        share = f"{equal} ({100 * equal / len(compared):.1f} %)"
        yield f"Of {len(compared)} that two other programs read, {share} are read fully and equal."


def _cells(row: Row) -> tuple[str, ...]:
    opening = row.opening
    pages = f"{len(opening.sums):,}/{opening.pages:,}" if opening.pages else ""
    differs = " differs" if row.others and row.equal is False else ""
    return (
        row.file,
        opening.container,
        pages,
        opening.error,
        f"{opening.milliseconds:,.0f}",
        f"{opening.memory:,.0f}",
        ", ".join(row.others) + differs,
    )


def _plain(row: Row) -> dict[str, object]:
    opening: dict[str, object] = asdict(row.opening) | {"read": len(row.opening.sums)}
    del opening["sums"]
    return {"file": row.file, **opening, "others": row.others, "equal": row.equal}


def read_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="bench.formats", description="Open every file.")
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--compare", action="store_true", help="with other programs' pages")
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table")
    parser.add_argument("--seconds", type=float, default=60.0, help="for one file")
    return parser.parse_args(arguments)


def main() -> None:
    """Open every file and print what came of it."""
    options = read_options()
    others = engines.found() if options.compare else {}
    rows = [
        look_at(name, file, options.seconds, others)
        for folder in options.folders
        for name, file in files_below(folder)
    ]
    if options.json:
        print(json.dumps([_plain(row) for row in rows], indent=1))
    else:
        show(rows)
    sys.exit(any(row.what in NEVER for row in rows))


if __name__ == "__main__":
    main()
