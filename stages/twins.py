"""Which comics are the same: by their content, or by what they say they are.

Comics with equal fingerprints have the same pages; with equal full fingerprints, the same
everything. Two are the same issue when series and number agree, and nothing else that both tell
speaks against it: publisher, language, volume, the series' year, the year of release. Nothing here
opens a file, and only numbers are held for every comic.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from db.states import DuplicateKind
from db.surveys import Issue

MOST_OF_AN_ISSUE = 30  # more that seem to be the same are rather of a name that says nothing
FIRST_YEAR = 1900  # a volume from here on is the year in which its series began

_USUAL_FORMATS = frozenset(
    (
        *("", "series", "main series", "single issue", "single", "issue", "comic", "standard"),
        *("regular", "digital", "web", "webcomic", "print", "scan"),
    )
)
_YEAR_AT_THE_END = re.compile(r"\s*\(\d{4}(?:\s*[-–]\s*(?:\d{4})?)?\)\s*$")
_64_BITS = (1 << 64) - 1


class Same(NamedTuple):
    """Comics that are the same in that."""

    kind: DuplicateKind
    comic_ids: list[int]


class Contents:
    """The content of each comic, by the first half of its fingerprints."""

    def __init__(self) -> None:
        self._ids, self._pages, self._all = array("q"), array("Q"), array("Q")

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, comic_id: int, fingerprint: bytes, full_fingerprint: bytes | None) -> None:
        self._ids.append(comic_id)
        self._pages.append(int.from_bytes(fingerprint[:8]))
        # Of a comic whose other files are not known only the pages count.
        self._all.append(int.from_bytes((full_fingerprint or b"")[:8]))

    def same(self) -> Iterator[Same]:
        """Comics with the same everything, and those with the same pages, in order of their ids;
        among the latter each content stands once, for its first comic."""
        for places in _repeated(self._pages):
            contents: dict[int, list[int]] = {}
            for place in places:
                # What is not known is like nothing else.
                contents.setdefault(self._all[place] or -place - 1, []).append(self._ids[place])
            for ids in contents.values():
                if len(ids) > 1:
                    yield Same(DuplicateKind.CONTENT, ids)
            if len(contents) > 1:
                yield Same(DuplicateKind.PAGES, [ids[0] for ids in contents.values()])


class Issues:
    """What each comic says it is, as a number that is equal where series and number are."""

    def __init__(self, issues: Iterable[Issue]) -> None:
        self._ids, self._keys = array("q"), array("Q")
        for issue in issues:
            if (key := key_of(issue)) is not None:
                self._ids.append(issue.comic_id)
                self._keys.append(hash(key) & _64_BITS)

    def candidates(self) -> Iterator[list[int]]:
        """Comics whose series and number are equal, but for what a hash may be wrong in."""
        for places in _repeated(self._keys):
            yield [self._ids[place] for place in places]


def same_issue(issues: Sequence[Issue]) -> Iterator[Same]:
    """Of candidates those that are the same issue, with different pages."""
    for alike in _split(issues, key_of, lambda one, other: one == other):
        for group in _not_contradicting(alike):
            if len({issue.fingerprint for issue in group}) > 1 and len(group) <= MOST_OF_AN_ISSUE:
                yield Same(DuplicateKind.ISSUE, sorted(issue.comic_id for issue in group))


def key_of(issue: Issue) -> tuple[str, str, str] | None:
    """Series, what is counted, and its number; None for a series without a letter or digit.

    A comic that has neither number nor volume is known by its title, or its file's name.
    """
    series = plain_name(issue.series)
    if not series:
        return None
    kind = plain_format(issue.format or "")
    if number := plain_number(issue.number or ""):
        return series, f"{kind}#", number
    if issue.volume is not None and issue.volume < FIRST_YEAR:
        return series, f"{kind}v", str(issue.volume)
    title = plain_name(issue.title or "") or issue.file.rpartition(".")[0]
    return series, f"{kind}t", title


@lru_cache(maxsize=8192)
def plain_name(name: str) -> str:
    """A name without case, accents, punctuation, a leading article and the year at its end."""
    name = _YEAR_AT_THE_END.sub("", name) or name
    letters = unicodedata.normalize("NFKD", name.replace("&", " and ")).casefold()
    words = re.findall(r"\w+", "".join(one for one in letters if not unicodedata.combining(one)))
    return " ".join(words[1:] if words[:1] == ["the"] and words[1:] else words)


@lru_cache(maxsize=8192)
def plain_number(number: str) -> str:
    """A number as it is however it is written: "001" is "1", "1.0" as well, "½" stays."""
    plain = number.strip().lstrip("#").casefold()
    sign = "-" if plain.startswith("-") else ""
    plain = plain.lstrip("-").lstrip("0")
    whole, point, rest = plain.partition(".")
    if point and not rest.strip("0"):
        plain = whole
    if plain.startswith(".") or not plain[:1].isalnum():
        plain = f"0{plain}" if number.strip() else ""
    return sign + plain


@lru_cache(maxsize=256)
def plain_format(name: str) -> str:
    """What is counted apart from the issues: "annual", "tpb"; empty for these."""
    plain = name.strip().casefold()
    if plain in _USUAL_FORMATS:
        return ""
    return {"trade paperback": "tpb", "hard cover": "hardcover"}.get(plain, plain)


def _not_contradicting(issues: Sequence[Issue]) -> Iterator[Sequence[Issue]]:
    """Cut a group where comics tell different things; who tells nothing goes along with the others
    only where these are of one mind."""
    groups: list[Sequence[Issue]] = [issues]
    for told, agree in _TOLD:
        groups = [part for group in groups for part in _split(group, told, agree)]
    return (group for group in groups if len(group) > 1)


def _split(
    issues: Sequence[Issue], told: Callable[[Issue], Any], agree: Callable[[Any, Any], bool]
) -> Iterator[list[Issue]]:
    known = sorted((i for i in issues if told(i) is not None), key=told)
    parts: list[list[Issue]] = []
    for issue in known:
        if parts and agree(told(parts[-1][-1]), told(issue)):
            parts[-1].append(issue)
        else:
            parts.append([issue])
    silent = [issue for issue in issues if told(issue) is None]
    if len(parts) == 1:
        parts[0] += silent
    elif silent:
        parts.append(silent)
    yield from parts


def _repeated(keys: array[int]) -> Iterator[list[int]]:
    """The places of each number that is there more than once."""
    ordered = sorted(keys)
    repeated = {one for one, other in pairwise(ordered) if one == other}
    del ordered
    places = [place for place, key in enumerate(keys) if key in repeated]
    places.sort(key=keys.__getitem__)  # which keeps the order of places whose keys are equal
    for _key, same in groupby(places, keys.__getitem__):
        yield list(same)


def _series_year(issue: Issue) -> int | None:
    if issue.volume is not None and issue.volume >= FIRST_YEAR:
        return issue.volume
    return issue.year


def _volume(issue: Issue) -> int | None:
    return issue.volume if issue.volume is not None and issue.volume < FIRST_YEAR else None


def _release_year(issue: Issue) -> int | None:
    year = (issue.release_date or "")[:4]
    return int(year) if year.isdigit() else None


def _equal(one: Any, other: Any) -> bool:
    return bool(one == other)


_TOLD: tuple[tuple[Callable[[Issue], Any], Callable[[Any, Any], bool]], ...] = (
    (lambda issue: plain_name(issue.publisher or "") or None, _equal),
    (lambda issue: (issue.language or "").partition("-")[0].casefold() or None, _equal),
    (_series_year, _equal),
    (_volume, _equal),
    # A cover's date and that of the sale may be in different years.
    (_release_year, lambda one, other: other - one <= 1),
)
