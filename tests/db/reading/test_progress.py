"""How far a comic is read, when several devices, old tabs and lost answers report on it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from db import users
from db.engine import reading, writing
from db.reading import journal, progress
from db.reading.journal import Cause, Deed
from db.reading.progress import Progress, Report, merged, sat
from db.schema import reading_journal, reading_progress, reading_sessions
from tests.catalogue_rows import add_comic, add_library, add_series
from tests.reading_rows import count, rows

NOON = 1_700_000_000.0


@pytest.fixture
def comic(data: object) -> int:
    return add_comic(add_series(add_library(), "Saga"), "Saga 001.cbz", page_count=20)


def send(user: users.User, *reports: Report, at: float = NOON + 3600) -> Progress:
    """Take reports in, each in a transaction of its own; answers where the comic stands."""
    for one in reports:
        with writing() as connection:
            progress.report(connection, Deed(user.id, Cause.READ, one.device, at=at), [one])
    with reading() as connection:
        found = progress.find(connection, user.id, reports[0].comic_id)
    assert found is not None
    return found


def told(reports: Sequence[Report]) -> tuple[Progress, object]:
    """What the reports come to, taken in in this order."""
    known = sitting = None
    sittings = {}
    for one in reports:
        known = merged(known, one)
        sitting = sat(sittings.get(one.session), one)
        sittings[one.session] = sitting
    assert known is not None
    return known, sittings


def sitting_of(device: str, start: float, luck: random.Random, pages: int = 20) -> list[Report]:
    """What a device reports in one sitting, which jumps about in the comic."""
    at = start
    reports = []
    for sequence in range(1, luck.randint(2, 7)):
        at += luck.uniform(0.01, 90)
        page = luck.randrange(pages)
        reports.append(
            Report(
                7,
                page,
                at,
                page_count=pages,
                device=device,
                session=f"{device} {start}",
                sequence=sequence,
                pages=sequence,
                seconds=int(at - start),
            )
        )
    return reports


@pytest.mark.parametrize("seed", range(40))
def test_reports_of_several_devices_come_to_the_same_in_any_order(seed: int) -> None:
    luck = random.Random(seed)
    reports = list(
        itertools.chain.from_iterable(
            sitting_of(device, NOON + luck.uniform(0, 200), luck)
            for device in ("phone", "tablet", "laptop")
        )
    )
    expected = told(reports)
    for _ in range(10):
        sent = reports + luck.sample(reports, len(reports) // 2)  # some answers were lost
        luck.shuffle(sent)
        assert told(sent) == expected
    latest = max(reports, key=lambda one: one.at)
    assert expected[0].page == latest.page
    assert expected[0].completed == any(one.is_at_the_end for one in reports)


def test_two_turns_of_one_moment_come_to_the_same_in_any_order() -> None:
    one = Report(7, 3, NOON, 20, session="a", sequence=1)
    other = Report(7, 9, NOON, 20, session="b", sequence=1)
    assert told([one, other])[0] == told([other, one])[0]


def test_the_later_turn_wins_however_late_the_earlier_is_sent(
    comic: int, reader: users.User
) -> None:
    new = Report(comic, 12, NOON + 60, device="tablet", session="t", sequence=1)
    stale = Report(comic, 3, NOON, device="phone", session="p", sequence=9)
    assert send(reader, new, stale).page == 12


def test_a_sitting_trusts_its_own_count_more_than_a_clock_that_was_set(
    comic: int, reader: users.User
) -> None:
    first = Report(comic, 4, NOON + 60, session="s", sequence=1)
    second = Report(comic, 5, NOON, session="s", sequence=2)
    assert send(reader, first, second).page == 5


def test_what_is_sent_twice_counts_once(comic: int, reader: users.User) -> None:
    one = Report(comic, 4, NOON, session="s", sequence=3, pages=5, seconds=70)
    assert send(reader, one) == send(reader, one, one)
    assert (count(reading_journal), count(reading_sessions)) == (1, 1)


def test_the_last_page_completes_a_comic_and_going_back_does_not_undo_it(
    comic: int, reader: users.User
) -> None:
    end = Report(comic, 19, NOON, session="s", sequence=1)
    again = Report(comic, 2, NOON + 60, session="s", sequence=2)
    stands = send(reader, end, again)
    assert (stands.page, stands.completed, stands.finished_at) == (2, True, NOON)


def test_marked_unread_nothing_from_before_counts_and_what_comes_after_does(
    comic: int, reader: users.User
) -> None:
    send(reader, Report(comic, 19, NOON, session="s", sequence=1))
    with writing() as connection:
        deed = Deed(reader.id, Cause.PERSON, at=NOON + 60)
        progress.mark(connection, deed, [comic], read=False)
        late = Report(comic, 19, NOON + 30, session="s", sequence=2)
        progress.report(connection, Deed(reader.id, Cause.READ), [late])
        assert progress.find(connection, reader.id, comic) is None
    stands = send(reader, Report(comic, 1, NOON + 90, session="s", sequence=3))
    assert (stands.page, stands.completed, stands.started_at) == (1, False, NOON + 90)


def test_marked_read_a_comic_stands_at_its_end_and_reading_on_moves_it(
    comic: int, reader: users.User
) -> None:
    with writing() as connection:
        deed = Deed(reader.id, Cause.PERSON, at=NOON)
        assert len(progress.mark(connection, deed, [comic], read=True)) == 1
        assert not progress.mark(connection, deed, [comic], read=True)
        stands = progress.find(connection, reader.id, comic)
    assert stands is not None
    assert (stands.page, stands.completed, stands.share) == (19, True, 1.0)
    stands = send(reader, Report(comic, 4, NOON + 60, session="s", sequence=1))
    assert (stands.page, stands.completed) == (4, True)


def test_seconds_add_up_over_sittings_and_not_over_reports(comic: int, reader: users.User) -> None:
    phone = [
        Report(comic, page, NOON + page, session="p", sequence=page, seconds=10 * page)
        for page in (1, 2, 3)
    ]
    tablet = [Report(comic, 5, NOON + 9, session="t", sequence=1, seconds=12)]
    stands = send(reader, phone[0], phone[2], phone[1], *tablet)
    assert stands.seconds_read == 42
    assert {(one.session, one.seconds) for one in rows(reading_sessions)} == {("p", 30), ("t", 12)}


def test_a_day_is_the_readers_own(comic: int, reader: users.User) -> None:
    midnight_in_london = 1_700_006_400.0 - 1_700_006_400.0 % 86_400
    for offset, device in ((-60, "west"), (60, "east")):
        one = Report(comic, 1, midnight_in_london, device=device, utc_offset=offset)
        send(reader, one)
    west, east = sorted(one.day for one in rows(reading_sessions))
    assert west < east


def test_a_sitting_is_a_few_lines_in_the_journal_and_none_of_its_ends_is_missing(
    comic: int, reader: users.User
) -> None:
    for second in range(0, 660, 10):
        one = Report(comic, second // 60, NOON + second, session="s", sequence=second + 1)
        send(reader, one, at=NOON + second)
    with reading() as connection:
        lines = list(journal.lines(connection, reader.id))
    assert [line.at - NOON for line in lines] == [0, 300, 600]
    assert lines[1].change.before is not None
    assert lines[1].change.before["read_at"] == NOON + 290
    send(reader, Report(comic, 19, NOON + 661, session="s", sequence=999), at=NOON + 661)
    assert count(reading_journal) == 4  # finished: a line of its own


def test_many_reports_of_one_comic_are_one_line_and_one_row(comic: int, reader: users.User) -> None:
    reports = [Report(comic, page, NOON + page, session="s", sequence=page) for page in range(1, 9)]
    with writing() as connection:
        deed = Deed(reader.id, Cause.READ, at=NOON + 100)
        stands = progress.report(connection, deed, reports[::-1])
    assert stands[comic].page == 8
    assert (count(reading_journal), count(reading_progress)) == (1, 1)


def test_a_comic_that_is_gone_does_not_stop_the_others(comic: int, reader: users.User) -> None:
    reports = [Report(comic + 99, 1, NOON), Report(comic, 2, NOON)]
    with writing() as connection:
        stands = progress.report(connection, Deed(reader.id, Cause.READ), reports)
    assert set(stands) == {comic}


def test_everybody_has_their_own(comic: int, reader: users.User, admin: users.User) -> None:
    send(reader, Report(comic, 5, NOON))
    with reading() as connection:
        assert progress.find(connection, admin.id, comic) is None


def test_a_share_knows_a_comic_of_unknown_length() -> None:
    assert Progress(page=9, page_count=None).share == 0.0
    assert Progress(page=9, page_count=20).share == 0.5
    assert replace(Progress(), completed=True).share == 1.0
