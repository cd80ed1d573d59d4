"""Two hundred bad days in the life of an installation, ten seconds each.

    python -m bench.chaos [--rounds 200] [--seconds 5] [--seed 1] [--first 1] [--work .bench/chaos]

Each round begins with the same library, half of it known and read in. A scan is asked for and
disturbed (`bench/disturbances.py`). Then the disturbances end, and the round must show: the job
ends by itself, or says what it needs and ends when it gets that; the catalogue is that of an
installation nobody disturbed; no reading data has changed; no process is left behind. A round is
drawn from the seed and its number: `--seed S --first N --rounds 1` plays it again.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import catalogue
from bench.catalogue import Catalogue
from bench.disturbances import Disk, Disturbances
from bench.installation import Installation
from bench.library import plan, write_library
from bench.server import PROJECT

PATIENCE = 90.0  # seconds for a job to end, or to say what it needs
DOUBT = 20.0  # seconds until somebody asks `longbox doctor` why it takes so long
RETRIES = 4  # that a person would make of a job that failed
ACTIVE = ("queued", "running", "paused", "held")
READING = (
    "reading_progress", "reading_sessions", "bookmarks", "page_notes", "preferences",
    "reader_settings", "reading_lists", "reading_list_items", "reading_journal", "reading_awaited",
)  # fmt: skip
# Short, so that a round sees all of it; longer than a stage takes to start on a busy machine.
SETTINGS = {
    "LONGBOX_HEARTBEAT": "0.3",
    "LONGBOX_STALE_AFTER": "8",
    "LONGBOX_FILE_TIMEOUT": "6",
    "LONGBOX_STALL_TIMEOUT": "9",
    "LONGBOX_WORKERS": "2",
    "LONGBOX_WORKER_PROCESSES": "2",
    "LONGBOX_WEB_PROCESSES": "2",
}


@dataclass(slots=True)
class Round:
    """What was done in a round, and what is to be held against Longbox."""

    number: int
    deeds: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def told(self) -> str:
        verdict = "; ".join(self.faults) if self.faults else "well"
        needs = f", {len(self.needs)} times it needed somebody" if self.needs else ""
        deeds = f"{len(self.deeds)} deeds, {self.seconds:.0f} s{needs}"
        return f"round {self.number}: {deeds}: {verdict}"


class Chaos:
    """The rounds' common ground: the library, what is known before, what is to be known after."""

    def __init__(self, work: Path, series: int, comics: int, seconds: float, seed: int) -> None:
        self.work = work
        self.seconds = seconds
        self.seed = seed
        work.mkdir(parents=True, exist_ok=True)
        self.library = work / "library"
        if not self.library.exists():
            write_library(self.library, plan(series, comics), pages=2)
        self.base = work / "base"
        self.log = work / "log"
        self.log.unlink(missing_ok=True)
        self.disk = Disk(work / "data")
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Leave no disk mounted."""
        self.disk.unmount()

    def play(self, number: int) -> Round:
        """One round."""
        played = Round(number)
        luck = random.Random(f"{self.seed}/{number}")
        started = time.monotonic()
        with self.log.open("a") as log:
            log.write(f"======== round {number}\n")
        installation = self._installation(self.base)
        fate = Disturbances(installation, self.library, self.disk, luck)
        try:
            installation.command("scan")
            installation.tend()
            self._disturb(installation, fate, luck, played)
            fate.calm()
            self._come_to_rest(installation, fate, played)
            played.faults += self._judge(fate)
        finally:
            fate.calm()
            played.faults += [f"left behind: {one}" for one in installation.stop()]
            fate.restore()
        played.seconds = time.monotonic() - started
        return played

    def _disturb(
        self, installation: Installation, fate: Disturbances, luck: random.Random, played: Round
    ) -> None:
        end = time.monotonic() + self.seconds
        next_deed = time.monotonic() + luck.uniform(0.2, 1.5)
        while time.monotonic() < end:
            installation.tend()
            fate.pass_time()
            if time.monotonic() >= next_deed:
                played.deeds.append(fate.one())
                next_deed = time.monotonic() + luck.uniform(0.05, 1.0)
            time.sleep(0.02)

    def _come_to_rest(self, installation: Installation, fate: Disturbances, played: Round) -> None:
        """See the job to its end, and give it what it asks for."""
        job = self._end(installation, played)
        if fate.library_was_gone or fate.replaced:  # the library is not as the scan has seen it
            installation.command("scan", "--kind", "full")
            job = self._end(installation, played)
        for _ in range(RETRIES):
            if job["status"] in ACTIVE:
                played.faults.append(f"the job is {job['status']} for good and says nothing")
                return
            wrong = self._open_errors()
            if job["status"] == "completed" and not wrong:
                return
            if job["status"] == "failed" and not job["last_error"]:
                played.faults.append("the job failed without a reason")
            played.needs.append(str(job["last_error"] or wrong[0]))
            installation.command("retry", str(job["id"]))
            job = self._end(installation, played)
        if job["status"] != "completed":
            played.faults.append(f"the job does not come to its end: {job['last_error']}")

    def _end(self, installation: Installation, played: Round) -> dict[str, Any]:
        """The newest job when it has ended, or when nobody can be expected to wait longer."""
        deadline = time.monotonic() + PATIENCE
        doubt = time.monotonic() + DOUBT
        while (job := installation.job())["status"] in ACTIVE and time.monotonic() < deadline:
            installation.tend()
            if time.monotonic() > doubt:
                self._follow_doctor(installation, played)
                doubt += DOUBT
            time.sleep(0.05)
        return job

    def _follow_doctor(self, installation: Installation, played: Round) -> None:
        """Start Longbox again when it says that no worker runs: its parent was stopped dead."""
        findings = installation.command("doctor").splitlines()
        if said := [one for one in findings if "not running, and" in one]:
            played.needs += said
            installation.restart_stopped()

    def _judge(self, fate: Disturbances) -> list[str]:
        """In what the catalogue and the reading data differ from what they should be."""
        data = self.disk.where
        changed = {
            (str(file.parent.relative_to(self.library)).encode(), file.name.encode())
            for file in fate.replaced
        }
        faults = []
        found = _comparable(catalogue.told(data), changed)
        expected = _comparable(self.expected, changed)
        for name, rows in expected.items():
            if rows != found[name]:
                there, here = set(map(repr, rows)), set(map(repr, found[name]))
                example = next(iter(sorted(there ^ here)), "their order")
                faults.append(f"{name} differ in {len(there ^ here)} rows, such as {example[:300]}")
        if _reading_data(data) != self.reading_data:
            faults.append("reading data changed")
        return faults

    def _open_errors(self) -> list[str]:
        sql = "SELECT path, message FROM job_errors WHERE resolved_at IS NULL"
        return [f"{path!r}: {message}" for path, message in catalogue.rows(self.disk.where, sql)]

    # ---- what is there before the first round

    def _prepare(self) -> None:
        if not self.base.exists():
            self._make_base()
        installation = self._installation(self.base)
        try:
            installation.command("scan")
            installation.tend()
            job = self._end(installation, Round(0))
        finally:
            left = installation.stop()
        if job["status"] != "completed" or left:
            raise RuntimeError(f"Undisturbed: {job}, and {left} left behind; see {self.log}")
        self.expected = catalogue.told(self.disk.where)
        self.reading_data = _reading_data(self.disk.where)

    def _make_base(self) -> None:
        """A data folder that knows half of the library and has readers."""
        installation = self._installation(None)
        told = installation.command("init")
        told += installation.command("library", "add", str(self.library))
        hidden = self.work / "hidden"
        hidden.mkdir(exist_ok=True)
        categories = sorted(self.library.iterdir())
        for folder in categories[::2]:
            folder.rename(hidden / folder.name)
        try:
            told += installation.command("scan")
            installation.tend()
            job = self._end(installation, Round(0))
        finally:
            installation.stop()
            for folder in list(hidden.iterdir()):
                folder.rename(self.library / folder.name)
        told += installation.python("-m", "bench.traces")
        if job["status"] != "completed" or "are being read" not in told:
            raise RuntimeError(f"The base could not be made: {told}; see {self.log}")
        shutil.copytree(self.disk.where, self.base)

    def _installation(self, base: Path | None) -> Installation:
        """An installation over a fresh copy of `base`."""
        for entry in self.disk.where.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        if base:
            shutil.copytree(base, self.disk.where, dirs_exist_ok=True)
        return Installation(self.disk.where, self.work / "clock", self.log, **SETTINGS)


def _comparable(told: Catalogue, changed: set[tuple[bytes, bytes]]) -> Catalogue:
    """What can be compared when some comics (folder, name) were changed; moments of folders not."""
    kept = {name: rows for name, rows in told.items() if name not in ("counters", "folders")}
    return {
        name: [row for row in rows if tuple(row[:2]) not in changed] for name, rows in kept.items()
    } | {"folders": [path for path, _mtime in told["folders"]]}


def _reading_data(data: Path) -> dict[str, list[Any]]:
    return {
        table: sorted(catalogue.rows(data, f"SELECT * FROM {table}"), key=repr) for table in READING
    }


def read_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="bench.chaos", description="Disturb Longbox at work.")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--first", type=int, default=1, help="the number of the first round")
    parser.add_argument("--seconds", type=float, default=5.0, help="of disturbances in a round")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--comics", type=int, default=5_000)
    parser.add_argument("--series", type=int, default=150)
    parser.add_argument("--work", type=Path, default=PROJECT / ".bench" / "chaos")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the rounds; the exit status is 1 when one of them went wrong."""
    options = read_options(arguments)
    chaos = Chaos(
        options.work.resolve(), options.series, options.comics, options.seconds, options.seed
    )
    kinds: Counter[str] = Counter()
    bad = []
    try:
        for number in range(options.first, options.first + options.rounds):
            played = chaos.play(number)
            kinds.update(" ".join(deed.split()[:2]) for deed in played.deeds)
            print(played.told(), flush=True)
            if played.faults:
                bad.append(number)
                for deed in (*played.deeds, *played.needs):
                    print(f"    {deed}", flush=True)
    finally:
        chaos.close()
    print(f"{options.rounds - len(bad)} of {options.rounds} rounds went well; {dict(kinds)}")
    if bad:
        print(f"Again: --seed {options.seed} --rounds 1 --first {bad[0]}; see {chaos.log}")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
