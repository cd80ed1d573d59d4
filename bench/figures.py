"""A measured figure beside its floor and its promise, and how a list of them is shown."""

from __future__ import annotations

import json
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

HEADINGS = ("work", "floor", "Longbox", "× floor", "promised", "")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; `measured`, `floor` and `limit` are in `unit`.

    `times` promises a multiple of the floor, `limit` an absolute value; either may be absent.
    """

    work: str
    unit: str
    measured: float
    floor: float | None = None
    limit: float | None = None
    times: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many floors high it is."""
        return self.measured / self.floor if self.floor else None

    @property
    def promise(self) -> str:
        """The promise in words."""
        if self.limit is not None:
            return f"≤ {_number(self.limit)} {self.unit}"
        return f"≤ {self.times:g}× the floor" if self.times is not None else ""

    @property
    def kept(self) -> bool | None:
        """Whether the promise is kept; None where nothing was promised."""
        if self.limit is not None:
            return self.measured <= self.limit
        if self.times is not None and self.ratio is not None:
            return self.ratio <= self.times
        return None


def median(values: Sequence[float]) -> float:
    """The middle of several measurements."""
    return percentile(values, 50)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` percent of the measurements lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share / 100 * (len(ordered) - 1)))]


def machine() -> dict[str, str | int]:
    """What the figures were measured on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processors": len(models),
        "model": models[0] if models else platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def show(figures: Sequence[Figure]) -> None:
    """Print the table."""
    table = Table(title="Longbox beside the floor of this machine, measured in this run")
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading == HEADINGS[0] else "right")
    for figure in figures:
        colour = {True: "green", False: "red", None: "default"}[figure.kept]
        *cells, last = _cells(figure)
        table.add_row(*cells, f"[{colour}]{last}[/]")
    Console().print(table)


def markdown(figures: Sequence[Figure]) -> str:
    """The table as docs/PERFORMANCE.md has it."""
    rows = [HEADINGS, ("---", *["---:"] * (len(HEADINGS) - 1)), *map(_cells, figures)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def save(figures: Sequence[Figure], path: Path) -> None:
    """Write machine and figures as JSON, and the table as Markdown beside it."""
    content = {
        "machine": machine(),
        "figures": [
            asdict(figure) | {"ratio": figure.ratio, "kept": figure.kept} for figure in figures
        ],
    }
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(markdown(figures), encoding="utf-8")


def _cells(figure: Figure) -> tuple[str, ...]:
    return (
        figure.work,
        f"{_number(figure.floor)} {figure.unit}" if figure.floor else "–",
        f"{_number(figure.measured)} {figure.unit}",
        f"{figure.ratio:.1f}" if figure.ratio else "–",
        figure.promise,
        {True: "kept", False: "missed", None: ""}[figure.kept],
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
