"""Opens mutated comics by the thousand: whatever is in a file, only typed errors may come of it.

    python -m bench.fuzz [--only zip rar …] [--count 10000] [--first 0] [--seeds DIR] [--keep DIR]

Comics are drawn here; RAR archives, which nothing free can write, come from the folder of seeds.
They are opened in processes behind Longbox's limits, one after the other; what brings its process
down or does not end is named by its number, with which it can be made again (`--first N --count
1`). The exit status is 1 when there was any of these.
"""

from __future__ import annotations

import argparse
import bz2
import functools
import gzip
import json
import lzma
import os
import random
import subprocess
import sys
import tempfile
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.mutation import mutate
from bench.opening import lines
from bench.seeds import KINDS, seeds_of
from stages import jail
from stages.formats import FormatError, open_comic
from stages.formats.errors import ErrorClass
from stages.formats.pictures import cover_jpeg

_PACKINGS: tuple[Callable[[bytes], bytes], ...] = (
    bytes,
    functools.partial(gzip.compress, mtime=0),
    bz2.compress,
    functools.partial(lzma.compress, preset=0),
)
PAGES = 4  # that are read of each comic
SECONDS = 30.0  # without an answer, after which a comic hangs its process
REAL = Path(__file__).parents[2] / "shared" / "real" / "archives"


@dataclass(slots=True)
class Outcome:
    """What came of the mutations of one kind of comic: classes of errors, and what must not be.

    `faults` has the numbers of the mutations that each fault came of.
    """

    classes: Counter[str] = field(default_factory=Counter)
    faults: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))


def fuzz(kind: str, first: int, count: int, folder: Path | None, seconds: float) -> Outcome:
    """Open that many mutations, in as many processes as it takes."""
    seeds_of(kind, folder)  # or say that there are none
    outcome = Outcome()
    while count > 0:
        done = _one_process(kind, first, count, folder, seconds, outcome)
        first, count = first + done, count - done
    return outcome


def _one_process(
    kind: str, first: int, count: int, folder: Path | None, seconds: float, outcome: Outcome
) -> int:
    """Run a process until its work is done, or one mutation has ended it; answers how many."""
    program = [sys.executable, "-m", "bench.fuzz", "--worker", "--only", kind]
    program += ["--first", str(first), "--count", str(count)]
    program += ["--seeds", str(folder)] if folder else []
    number = first
    with subprocess.Popen(program, stdout=subprocess.PIPE) as process:
        for line in lines(process, seconds):
            said = json.loads(line)
            number = said["number"]
            outcome.classes.update(said.get("classes", ()))
            if "fault" in said:
                outcome.faults[said["fault"]].append(number)
        process.kill()
    if process.returncode != 0:
        why = "no end" if process.returncode == -9 else f"exit status {process.returncode}"
        outcome.faults[why].append(number)
    return number - first + 1


# ---- the process that opens ----


def work(kind: str, first: int, count: int, folder: Path | None) -> None:
    """Open mutations one after the other, saying the number of each before it is opened."""
    jail.enter()
    comics = seeds_of(kind, folder)
    with tempfile.TemporaryDirectory() as where:
        for number in range(first, first + count):
            print(json.dumps({"number": number}), flush=True)
            jail.next_item()
            told: dict[str, object] = {"number": number}
            try:
                told["classes"] = _look(_write(kind, comics, number, Path(where)))
            except MemoryError:
                told["classes"] = ["memory"]
            except Exception:
                told["fault"] = traceback.format_exc(limit=-3)
            print(json.dumps(told), flush=True)


def mutation(kind: str, comics: Sequence[bytes], number: int) -> bytes:
    """The mutation of that number."""
    chance = random.Random(f"{kind} {number}")
    data = mutate(chance.choice(comics), comics, chance)
    if kind != "tar":
        return data
    packed = chance.choice(_PACKINGS)(data)  # else nothing gets beyond the decompressor
    return packed if chance.random() < 0.8 else mutate(packed, comics, chance)


def _write(kind: str, comics: Sequence[bytes], number: int, folder: Path) -> bytes:
    """Write a mutation where it can be opened; loose pictures lie in a folder."""
    data = mutation(kind, comics, number)
    file = folder / "comic"
    if kind == "loose":
        file.mkdir(exist_ok=True)
        (file / "1.jpg").write_bytes(data)
        (file / "2.jpg").write_bytes(comics[0])
    else:
        file.write_bytes(data)
    return os.fsencode(file)


def _look(path: bytes) -> list[str]:
    """Do with a comic what Longbox does; the classes of the errors that came of it, or `well`."""
    classes = []
    try:
        with open_comic(path) as comic:
            _ = comic.fingerprint, comic.full_fingerprint, comic.page_sums
            classes += [file.data for file in comic.metadata() if not isinstance(file.data, bytes)]
            if comic.is_solid:
                classes += [data for _, data in comic.unpack_all() if not isinstance(data, bytes)]
            for page in comic.pages[:PAGES]:
                try:
                    cover_jpeg(comic.read(page))
                except FormatError as error:
                    classes.append(error)
    except FormatError as error:
        classes.append(error)
    if any(error.error_class is ErrorClass.INTERNAL for error in classes):
        raise RuntimeError("an error that is ours was raised")
    return sorted({error.error_class.value for error in classes}) or ["well"]


def read_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="bench.fuzz", description="Open mutated comics.")
    parser.add_argument("--only", nargs="+", choices=KINDS, default=KINDS, help="these kinds")
    parser.add_argument("--count", type=int, default=10_000, help="mutations of each kind")
    parser.add_argument("--first", type=int, default=0, help="the number of the first")
    parser.add_argument("--seeds", type=Path, default=REAL if REAL.is_dir() else None)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for one comic")
    parser.add_argument("--keep", type=Path, help="write the mutations here, and open none")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def main() -> None:
    """Fuzz the kinds that the command line names."""
    options = read_options()
    faults = 0
    for kind in options.only:
        if options.worker:
            work(kind, options.first, options.count, options.seeds)
            continue
        if options.keep:
            _keep(kind, options)
            continue
        outcome = fuzz(kind, options.first, options.count, options.seeds, options.seconds)
        told = ", ".join(f"{many:,} {name}" for name, many in outcome.classes.most_common())
        print(f"{kind}: {options.count:,} opened: {told}", flush=True)
        for fault, numbers in outcome.faults.items():
            print(f"FAULT, {len(numbers)} times, first {kind} {numbers[0]}: {fault}", flush=True)
        faults += len(outcome.faults)
    sys.exit(faults > 0)


def _keep(kind: str, options: argparse.Namespace) -> None:
    options.keep.mkdir(exist_ok=True)
    comics = seeds_of(kind, options.seeds)
    for number in range(options.first, options.first + options.count):
        (options.keep / f"{kind}-{number}").write_bytes(mutation(kind, comics, number))


if __name__ == "__main__":
    main()
