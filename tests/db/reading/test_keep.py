"""What becomes of reading data when comics, series and people go, and when they come back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from db import users
from db.engine import reading, writing
from db.reading import (
    at_stake,
    awaited,
    bookmarks,
    entries,
    journal,
    keep,
    marks,
    portable,
    progress,
    restore,
    statistics,
)
from db.reading.journal import Cause
from db.reading.marks import Of
from db.schema import (
    comics,
    metadata,
    reading_awaited,
    reading_journal,
    reading_list_items,
    reading_progress,
    reading_sessions,
    series,
)
from db.schema import users as user_table
from tests.catalogue_rows import add_comic
from tests.reading_rows import count, everything, known_of, rows
from tests.reading_traces import NOON, Place, leave_traces, person, read

AddUser = Callable[..., users.User]


def purge(*comic_ids: int) -> None:
    with writing() as connection:
        keep.set_aside(connection, comic_ids=comic_ids)
        connection.execute(delete(comics).where(comics.c.id.in_(comic_ids)))


def settle() -> None:
    with reading() as connection:
        arrived = awaited.arrivals(connection)
    for one in arrived:
        with writing() as connection:
            awaited.settle(connection, one)


def test_every_table_that_a_user_hangs_on_is_known_to_who_sets_reading_data_aside() -> None:
    held = {
        table.name
        for table in metadata.tables.values()
        if any(key.ondelete == "RESTRICT" for key in table.foreign_keys)
    }
    assert held == {store.table.name for store in entries.STORES} | {
        "reading_journal",
        "reading_awaited",
    }


@pytest.mark.parametrize("table", [comics, series, user_table])
def test_nothing_that_reading_data_hangs_on_can_just_be_deleted(
    place: Place, reader: users.User, table: object
) -> None:
    leave_traces(reader, place)
    with pytest.raises(IntegrityError), writing() as connection:
        connection.execute(delete(table))  # type: ignore[arg-type]


def test_nobody_can_change_or_delete_what_the_journal_says(
    place: Place, reader: users.User
) -> None:
    leave_traces(reader, place)
    for statement in (
        delete(reading_journal),
        reading_journal.update().values(after="{}"),
        reading_journal.update().values(user_id=reader.id),
    ):
        with pytest.raises(IntegrityError, match="only ever added to"), writing() as connection:
            connection.execute(statement)


def test_what_hangs_on_a_comic_can_be_told_before_it_goes(
    place: Place, reader: users.User, admin: users.User
) -> None:
    leave_traces(reader, place)
    read(admin, place.numbers[0], 19)
    with reading() as connection:
        stakes = at_stake.of_comics(connection, place.numbers)
    assert set(stakes) == {place.numbers[0]}
    stake = stakes[place.numbers[0]]
    assert (stake.people, stake.begun, stake.read) == (2, 2, 1)
    assert (stake.bookmarks, stake.notes, stake.marks, stake.list_items) == (1, 1, 1, 1)


def test_a_comic_that_was_purged_and_comes_back_has_everything_again(
    place: Place, reader: users.User
) -> None:
    leave_traces(reader, place)
    before = known_of(reader.id)
    purge(place.numbers[0])
    assert count(reading_progress) == 0
    settle()
    assert count(reading_awaited) == 5
    back = add_comic(place.saga, "Saga 1.cbz", page_count=20)
    settle()
    assert count(reading_awaited) == 0
    assert known_of(reader.id) == {
        replace(entry, comic_id=back) if entry.comic_id else entry: value
        for entry, value in before.items()
    }


def test_a_comic_that_comes_back_elsewhere_is_known_by_its_pages(
    place: Place, reader: users.User
) -> None:
    read(reader, place.numbers[1], 5)
    purge(place.numbers[1])
    back = add_comic(place.bone, "renamed.cbz", fingerprint=b"\2" * 16)
    settle()
    with reading() as connection:
        assert progress.find(connection, reader.id, back) is not None


def test_of_two_comics_with_the_pages_that_are_awaited_neither_is_taken(
    place: Place, reader: users.User
) -> None:
    read(reader, place.numbers[1], 5)
    purge(place.numbers[1])
    for name in ("one.cbz", "other.cbz"):
        add_comic(place.bone, name, fingerprint=b"\2" * 16)
    settle()
    assert count(reading_awaited) == 1


def test_a_comic_whose_place_another_took_is_known_by_its_pages_and_told_by_its_path(
    place: Place, reader: users.User, add_user: AddUser
) -> None:
    one = place.numbers[0]
    with writing() as connection:
        connection.execute(
            update(comics).where(comics.c.id == one).values(file_name=b"Saga 1.cbz/")
        )
    add_comic(place.saga, "Saga 1.cbz", fingerprint=b"\7" * 16)
    read(reader, one, 5)
    with reading() as connection:
        document = portable.exported(connection, reader.id)
        (comic,) = {entry["comic"]["path"] for entry in document["entries"]}
        items = portable.read(document)
        located = portable.locate(connection, items)
    assert comic == "Saga/Saga 1.cbz"
    assert {where.comic_id for where in located.values()} == {one}


def test_what_was_read_since_stays_when_a_comic_comes_back(
    place: Place, reader: users.User
) -> None:
    read(reader, place.numbers[0], 5, NOON)
    purge(place.numbers[0])
    back = add_comic(place.saga, "Saga 1.cbz", page_count=20)
    read(reader, back, 9, NOON + 60)
    settle()
    with reading() as connection:
        found = progress.find(connection, reader.id, back)
    assert found is not None
    assert (found.page, found.started_at) == (9, NOON)


def test_the_history_of_a_purged_comic_stays_under_its_name(
    place: Place, reader: users.User
) -> None:
    read(reader, place.numbers[0], 5, pages=6, seconds=60)
    purge(place.numbers[0])
    with reading() as connection:
        (sitting,) = statistics.history(connection, reader.id, limit=9).items
    assert (sitting.comic_id, sitting.series_name, sitting.title) == (None, "Saga", "#1")
    assert (sitting.pages, sitting.seconds) == (6, 60)


def test_sittings_with_purged_comics_go_along_with_a_user_who_is_removed_exported_or_restored(
    place: Place, reader: users.User, add_user: AddUser
) -> None:
    for comic, pages in zip(place.numbers, (6, 7, 8), strict=True):  # all in the device's one day
        read(reader, comic, 5, pages=pages)
    purge(*place.numbers[:2])

    def history(user: users.User) -> list[tuple[str, int]]:
        with reading() as connection:
            page = statistics.history(connection, user.id, limit=9)
            return sorted((one.title, one.pages) for one in page.items)

    before = history(reader)
    assert before == [("", 8), ("#1", 6), ("#2", 7)]
    with reading() as connection:
        document = portable.exported(connection, reader.id)
    with writing() as connection:
        users.remove(connection, reader.id)
    for back in (add_user("Rita"), add_user("Rosa")):
        for _ in range(2):  # again, it changes nothing
            with writing() as connection:
                deed = person(back)
                if back.name == "Rita":
                    restore.give(connection, deed, restore.of_removed(connection, "Rita"))
                else:
                    items = portable.read(document)
                    where = portable.locate(connection, items)
                    portable.take_in(connection, deed, items, where)
            assert history(back) == before


def test_a_series_that_goes_takes_nothing_with_it(place: Place, reader: users.User) -> None:
    with writing() as connection:
        marks.rate(connection, person(reader), Of.SERIES, place.bone, 5)
    with writing() as connection:
        keep.set_aside(connection, comic_ids=[place.lone], series_ids=[place.bone])
        connection.execute(delete(comics).where(comics.c.id == place.lone))
        connection.execute(delete(series).where(series.c.id == place.bone))
    (kept,) = rows(reading_awaited)
    assert (kept.path, kept.size) == (b"Bone", None)


def test_two_comics_that_turn_out_to_be_one_keep_the_data_of_both(
    place: Place, reader: users.User
) -> None:
    one, other, _ = place.numbers
    leave_traces(reader, place)
    read(reader, other, 19, NOON + 60, sequence=1, seconds=30)
    with writing() as connection:
        bookmarks.put(connection, person(reader), other, 3, "")
        bookmarks.put(connection, person(reader), other, 9, "here")
        keep.merge(connection, one, other)
        connection.execute(delete(comics).where(comics.c.id == one))
    with reading() as connection:
        found = progress.find(connection, reader.id, other)
        assert found is not None
        assert (found.page, found.completed, found.seconds_read) == (19, True, 120)
        kept = bookmarks.of_comic(connection, reader.id, other)
        assert [(one.page, one.note) for one in kept] == [(3, "the ship"), (9, "here")]
        assert marks.one(connection, reader.id, Of.COMICS, other).stars == 4
    assert {row.comic_id for row in rows(reading_list_items)} == {other, None}
    assert {row.comic_id for row in rows(reading_sessions)} == {other}


def test_a_user_who_goes_leaves_only_the_journal(
    place: Place, reader: users.User, add_user: AddUser
) -> None:
    leave_traces(reader, place)
    with writing() as connection:
        users.remove(connection, reader.id)
    assert not any(everything().values())
    lines = rows(reading_journal)
    assert {(line.user_id, line.user_name) for line in lines} == {(None, "Rita")}
    assert {line.kind for line in lines if line.cause == Cause.REMOVAL} >= {"progress", "list_item"}
    namesake = add_user("Rita")
    with reading() as connection:
        assert not journal.newest(connection, namesake.id, limit=9)


def test_other_peoples_data_stays_when_a_user_goes(
    place: Place, reader: users.User, admin: users.User
) -> None:
    leave_traces(admin, place)
    before = everything()
    leave_traces(reader, place)
    with writing() as connection:
        users.remove(connection, reader.id)
        assert connection.execute(select(reading_journal.c.user_id)).scalars().all().count(admin.id)
    assert everything() == before
