"""Makes a survey of the catalogue: `python -m stages.survey ID`, with a pipe from its parent.

Finds duplicates and shared pages and writes them down, then has covers of hidden pages made anew.
It opens no comic, and gives way to everything else. What becomes of it when it is killed: the next
one begins again. A lock keeps two from being at it at once.
"""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from db import cover_files, hidden_pages, logs, surveys
from db.engine import reading, writing
from db.hidden_pages import Hidden
from db.settings import settings
from db.states import Exit
from db.surveys import File, Found, Issue
from stages import page_tally
from stages.page_tally import Tally, frequent
from stages.twins import Contents, Issues, Same, same_issue

NICENESS = 10
ROWS = 200  # written in one transaction
CANDIDATES = 200  # groups looked at more closely at a time

log = logging.getLogger(__name__)

One = TypeVar("One")


def make(survey_id: int) -> None:
    """Make one survey from its start."""
    with writing() as connection:
        survey = surveys.begin(connection, survey_id)
    _in_short_writes(lambda c: surveys.forget_some(c, survey_id, of_others=False))
    assert survey.started_at is not None
    with reading() as connection:
        hidden = hidden_pages.now_and_before(connection)
        dismissals = surveys.dismissals(connection)
    contents, copies = Contents(), set[int]()
    for comic in surveys.all_pages():
        contents.add(comic.comic_id, comic.fingerprint, comic.full_fingerprint)
    found = list(contents.same())
    for same in found:
        copies.update(same.comic_ids[1:])
    _write_groups(survey_id, found, dismissals)
    del found
    _write_groups(survey_id, _same_issues(), dismissals)
    _survey_pages(survey_id, copies, hidden)
    with writing() as connection:
        hidden_pages.settle(connection, survey.started_at)
        surveys.complete(connection, survey_id, len(contents))
    _in_short_writes(lambda c: surveys.forget_some(c, survey_id, of_others=True))


def _same_issues() -> Iterator[Same]:
    issues = Issues(surveys.all_issues())
    for some in _by(CANDIDATES, issues.candidates()):
        with reading() as connection:
            known = surveys.issues(connection, [one for group in some for one in group])
        for group in some:
            told: list[Issue] = [known[one] for one in group if one in known]
            yield from same_issue(told)


def _write_groups(survey_id: int, found: Iterable[Same], dismissals: dict[int, set[int]]) -> None:
    for some in _by(ROWS, found):
        with reading() as connection:
            files = surveys.files(connection, [one for same in some for one in same.comic_ids])
        groups = [_found(same, files) for same in some]
        dismissed = [_is_dismissed(same.comic_ids, dismissals) for same in some]
        with writing() as connection:
            # A comic may have been purged since it was looked at.
            there = surveys.files(connection, list(files))
            whole = [set(one.comic_ids) <= there.keys() for one in groups]
            groups = [one for one, is_whole in zip(groups, whole, strict=True) if is_whole]
            dismissed = [one for one, is_whole in zip(dismissed, whole, strict=True) if is_whole]
            if groups:
                surveys.add_groups(connection, survey_id, groups, dismissed)


def _found(same: Same, files: dict[int, File]) -> Found:
    there = [files[one] for one in same.comic_ids if one in files]
    alike = Counter((one.size, one.mtime_ns) for one in there)
    sizes = {
        _identity(one.path) if alike[one.size, one.mtime_ns] > 1 else one.path: one.size
        for one in there
    }
    return Found(same.kind, same.comic_ids, sum(sizes.values()) - max(sizes.values(), default=0))


def _identity(path: bytes) -> tuple[int, int] | bytes:
    """What is the same for all names of one file; the path while it cannot be looked at."""
    try:
        status = os.stat(path)
    except OSError:
        return path
    return status.st_dev, status.st_ino


def _is_dismissed(comic_ids: Sequence[int], dismissals: dict[int, set[int]]) -> bool:
    """Whether all of them were dismissed together, be it among others."""
    numbers = [dismissals.get(one, set()) for one in comic_ids]
    return bool(set.intersection(*numbers))


def _survey_pages(survey_id: int, copies: set[int], hidden: Hidden) -> None:
    """Count pages, each content once, and see to the covers of pages that were hidden or shown."""
    with reading() as connection:
        pages = surveys.page_total(connection)

    contents = (one.sums for one in surveys.all_pages() if one.comic_id not in copies)
    tally = Tally(frequent(contents, pages) | {page_tally.key_of(one) for one in hidden.now})
    stale: list[int] = []
    for comic in surveys.all_pages():
        tally.note(comic)
        if not hidden.is_settled and _has_other_cover(comic.sums, comic.cover_page, hidden):
            stale.append(comic.comic_id)
    for some in _by(ROWS, tally.pages()):
        with writing() as connection:
            surveys.add_pages(connection, survey_id, some)
    for ids in _by(ROWS, stale):
        with writing() as connection:
            covers = hidden_pages.draw_anew(connection, ids)
        for comic_id, version in covers:
            cover_files.remove(comic_id, version)


def _has_other_cover(sums: bytes, page: int, hidden: Hidden) -> bool:
    return hidden_pages.cover_page(sums, page, hidden.now) != hidden_pages.cover_page(
        sums, page, hidden.before
    )


def _by(many: int, items: Iterable[One]) -> Iterator[list[One]]:
    """The items, so many at a time."""
    iterator = iter(items)
    return iter(lambda: list(islice(iterator, many)), [])


def _in_short_writes(some: Callable[[Any], bool]) -> None:
    left = True
    while left:
        with writing() as connection:
            left = some(connection)


def _end_when_asked() -> None:
    """Leave at once on SIGTERM and with the parent: what is not complete counts for nothing."""

    def leave(*_: object) -> None:
        os._exit(Exit.STOPPED)

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 64):
            pass
        leave()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group
    threading.Thread(target=watch, daemon=True).start()


def main() -> int:
    survey_id = int(sys.argv[1])
    logs.begin("survey", settings())
    os.nice(NICENESS)
    _end_when_asked()
    with open(settings().run / "survey.lock", "ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with reading() as connection:
            is_open = surveys.is_open(connection, survey_id)
        if is_open:
            make(survey_id)
    return Exit.DONE


if __name__ == "__main__":
    sys.exit(main())
