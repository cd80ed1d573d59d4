"""How much of tables of file names the parser gets right.

`python -m bench.filenames DIR` reads the tables (TSV) of DIR and prints, for each and each field,
how many names come out as the table says; with -v also those that do not. The tables come from
other projects, each with its own view of what a number is: `ORIGINS` says which.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from stages.formats.filename import FileName, parse

NOTHING = frozenset(("", "(none)", "LooseLeafVolume", "DefaultChapter", "-1.0"))


@dataclass(frozen=True, slots=True)
class Origin:
    """How a project that a table is from sees what others see otherwise."""

    name: str
    manga: bool
    first_of_several: bool = False  # "c001-003" is chapter 1
    empty_says_nothing: bool = False  # only what the table has is asked for
    specials_have_numbers: bool = True  # SP02 is number SP2
    folder_is_known: bool = False  # the series is known when the name is read
    letters: Mapping[str, float] = field(default_factory=dict)  # "4b" is the chapter 4.2


_TENTHS = {letter: tenth / 10 for tenth, letter in enumerate("abcdefghi", 1)}
ORIGINS = (
    Origin("comictagger", manga=False),
    Origin("comicfn2dict", manga=False),
    Origin("kavita comics", manga=False, specials_have_numbers=False),
    Origin("kavita manga", True, specials_have_numbers=False, letters=dict.fromkeys("abc", 0.5)),
    Origin("comicarr", manga=True, first_of_several=True, empty_says_nothing=True),
    Origin(
        "mihon",
        manga=True,
        empty_says_nothing=True,
        folder_is_known=True,
        letters=_TENTHS | {"extra": 0.99, "omake": 0.98, "special": 0.97},
    ),
)
_BY_NAME = {origin.name: origin for origin in ORIGINS}


@dataclass(frozen=True, slots=True)
class Case:
    """What a table says of one field of a name."""

    origin: Origin
    name: str
    field: str
    expected: str
    folder: str | None = None

    def given(self) -> str:
        """What the parser says, as the table would put it."""
        found = parse(self.name, folder=self.folder, manga=self.origin.manga)
        if self.field == "series":
            return found.series or ""
        return _volume(found) if self.field == "volume" else _number(found, self.origin)

    def is_right(self) -> bool:
        """Whether the parser says what the table says; numbers may have zeros in front."""
        given = self.given()
        return given == self.expected or (self.field != "series" and _same(given, self.expected))


def cases(directory: Path) -> Iterator[Case]:
    """All that the tables of a folder say of series, numbers and volumes."""
    for path in sorted(directory.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                yield from _cases_of_test(row) if "test" in row else _cases_of_row(row)


_TESTS = {"Series": "series", "Chapter": "number", "Chapters": "number", "Volume": "volume"}


def _cases_of_test(row: dict[str, str]) -> Iterator[Case]:
    """A row of one expectation: its test is named like ParseComicSeriesTest."""
    file = PurePosixPath(row["file"]).stem
    family = "comics" if file.startswith("Comic") else "manga" if file.startswith("Manga") else ""
    what = row["test"].removeprefix("Parse").removeprefix("Comic").removesuffix("Test")
    if family and what in _TESTS:
        origin = _BY_NAME[f"kavita {family}"]
        yield Case(origin, row["filename"], _TESTS[what], _said(row["expected"]))


def _cases_of_row(row: dict[str, str]) -> Iterator[Case]:
    """A row with a column for each field."""
    origin = _BY_NAME.get(row["source"].split(":")[0].split()[0])
    if origin is None or row["series"].startswith("(null"):
        return  # their parser refuses the name
    folder = row["series"] if origin.folder_is_known else None
    for column, what in (("series", "series"), ("issue", "number"), ("volume", "volume")):
        expected = row[column] or ""
        if expected == "" and origin.empty_says_nothing:
            continue
        if what != "series" or not origin.folder_is_known:
            yield Case(origin, row["filename"], what, _said(expected), folder)


def _said(expected: str | None) -> str:
    return "" if expected is None or expected in NOTHING else expected


def _number(found: FileName, origin: Origin) -> str:
    number = found.number or ""
    if number.startswith("SP") and not origin.specials_have_numbers:
        return ""
    if origin.first_of_several and not number.startswith("-"):
        number = number.partition("-")[0]
    for letters, value in origin.letters.items():
        plain = number.removesuffix(letters).removesuffix(".")
        if plain != number and plain.isdecimal():
            return f"{float(plain) + value:g}"
    return number


def _volume(found: FileName) -> str:
    if found.volume is None:
        return ""
    return f"{found.volume:g}" + (f"-{found.volume_end:g}" if found.volume_end else "")


def _same(given: str, expected: str) -> bool:
    try:
        return float(given) == float(expected)
    except ValueError:
        return given.lstrip("0") == expected.lstrip("0")


Score = dict[tuple[str, str], tuple[int, int]]  # (origin, field): right, of


def score(asked: list[Case]) -> Score:
    """How many cases are right, for each origin and field."""
    tally: Score = {}
    for case in asked:
        key = case.origin.name, case.field
        right, of = tally.get(key, (0, 0))
        tally[key] = right + case.is_right(), of + 1
    return tally


def main() -> None:
    """Print the scores of a folder's tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("directory", type=Path, help="a folder of tables, one to a .tsv file")
    parser.add_argument("-v", "--verbose", action="store_true", help="print the wrong ones too")
    arguments = parser.parse_args()
    asked = list(cases(arguments.directory))
    for (origin, what), (right, of) in score(asked).items():
        print(f"{origin:14} {what:7} {right:4} of {of:3}  {right / of:6.1%}")
    for case in asked:
        if arguments.verbose and not case.is_right():
            print(f"{case.origin.name}: {case.name}\n    {case.field}: ", end="")
            print(f"{case.given() or 'none'}, the table says {case.expected or 'none'}")


if __name__ == "__main__":
    main()
