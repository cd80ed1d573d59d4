"""Measures Longbox against the floors of this machine and prints both.

    python -m bench.run [--only scan memory covers pages reading together million] [--runs 3]
                        [--work .bench]

The libraries and the database of a million comics are made once and kept in the work folder.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import covers, floors, library, memory, pages, reading, scan, together
from bench.figures import Figure, save, show
from bench.server import PROJECT, Server

PARTS = ("scan", "memory", "covers", "pages", "reading", "together", "million")


class Bench:
    """What the parts share: the work folder and the libraries in it."""

    def __init__(self, work: Path, runs: int) -> None:
        self.work = work
        self.runs = runs

    @property
    def many(self) -> Path:
        """60,000 small comics in 2,000 series."""
        return self._library("many", 2_000, 60_000, "small")

    @property
    def scans(self) -> Path:
        """600 comics with covers as scanners leave them."""
        return self._library("real", 20, 600, "real")

    def scan(self) -> list[Figure]:
        return scan.figures(self.many, self.work, self.runs)

    def memory(self) -> list[Figure]:
        return memory.figures(self.many, self.work)

    def covers(self) -> list[Figure]:
        return covers.figures(self.scans, self.work)

    def pages(self) -> list[Figure]:
        with Server(self.work / "data", self.many) as server:
            client = server.client()
            server.scan(client)
            client.close()
            return pages.figures(server, self._floor_database(), "60,000 comics")

    def reading(self) -> list[Figure]:
        return reading.figures(self.work)

    def together(self) -> list[Figure]:
        return together.figures(self.many, self.work)

    def million(self) -> list[Figure]:
        kept, data = self.work / "million", self.work / "data"
        if not kept.exists():
            self._fill(kept)
        shutil.rmtree(data, ignore_errors=True)
        shutil.copytree(kept, data)
        with Server(data) as server:
            return pages.figures(server, self._floor_database(), "1,000,000 comics")

    def _library(self, name: str, series: int, comics: int, kind: library.Covers) -> Path:
        path = self.work / name
        if not path.exists():
            print(f"Drawing {comics:,} comics …", flush=True)
            unfinished = path.with_suffix(".part")
            shutil.rmtree(unfinished, ignore_errors=True)
            library.write_library(unfinished, library.plan(series, comics), covers=kind)
            unfinished.rename(path)
        return path

    def _fill(self, kept: Path) -> None:
        print("Filling a database with a million comics; this takes minutes …", flush=True)
        unfinished = kept.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        subprocess.run(
            [sys.executable, "-m", "bench.million"],
            cwd=PROJECT,
            env=os.environ | {"LONGBOX_DATA": str(unfinished)},
            check=True,
        )
        unfinished.rename(kept)

    def _floor_database(self) -> Path:
        """The work folder, with the floors' own database of the 60,000 in it."""
        database = self.work / "floor.db"
        if not database.exists():
            floors.insert(database, floors.walk(bytes(self.many)))
            floors.index_all(database)
        return self.work


def read_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="bench.run", description="Measure Longbox.")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="these parts")
    parser.add_argument("--runs", type=int, default=3, help="how often a scan is measured")
    parser.add_argument("--work", type=Path, default=PROJECT / ".bench")
    return parser.parse_args(arguments)


def main() -> None:
    """Run the parts that the command line names."""
    options = read_options()
    options.work.mkdir(exist_ok=True)
    bench = Bench(options.work.resolve(), options.runs)
    figures: list[Figure] = []
    for part in options.only:
        print(f"Measuring: {part} …", flush=True)
        measure: Callable[[], list[Figure]] = getattr(bench, part)
        figures += measure()
    save(figures, options.work / "figures.json")
    show(figures)


if __name__ == "__main__":
    main()
