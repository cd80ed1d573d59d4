"""Bringing reading data back to an earlier point, and taking single deeds back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import ColumnElement, delete, select, update

from db import users
from db.engine import reading, writing
from db.reading import (
    awaited,
    bookmarks,
    journal,
    keep,
    lists,
    marks,
    preferences,
    progress,
    restore,
)
from db.reading.journal import Cause, Deed
from db.reading.marks import Of
from db.reading.subjects import NotThere
from db.schema import comics, folders, reading_journal, series
from tests.catalogue_rows import add_comic
from tests.reading_rows import count, everything, known_of
from tests.reading_traces import NOON, Place, leave_traces, person, read

AddUser = Callable[..., users.User]


def bring_back(user: users.User, moment: float, at: float) -> int:
    with writing() as connection:
        planned = restore.plan(connection, user.id, moment)
        restore.carry_out(connection, Deed(user.id, Cause.RESTORE, at=at), planned)
    return len(planned.changes)


def _of(series_id: int) -> ColumnElement[bool]:
    """The folder of a series."""
    return (
        folders.c.id == select(series.c.folder_id).where(series.c.id == series_id).scalar_subquery()
    )


def wreck(user: users.User, place: Place, at: float) -> None:
    """Change or take away one of everything."""
    comic = place.numbers[0]
    read(user, place.numbers[1], 3, at)
    with writing() as connection:
        deed = person(user, at)
        progress.mark(connection, deed, [comic], read=False)
        bookmarks.remove(connection, deed, comic, 3)
        bookmarks.put(connection, deed, comic, 5, "new")
        marks.rate(connection, deed, Of.COMICS, comic, None)
        marks.favour(connection, deed, Of.SERIES, place.saga, False)
        preferences.change(connection, deed, {"theme": "dark", "layout": None, "fit": "width"})
        preferences.change_series(connection, deed, place.saga, {"direction": None})
        (best,) = lists.of_user(connection, user.id)
        lists.remove(connection, deed, best)
        lists.create(connection, deed, "Best")


def test_a_restore_brings_back_everything_and_can_itself_be_taken_back(
    place: Place, reader: users.User, admin: users.User
) -> None:
    leave_traces(reader, place, NOON)
    leave_traces(admin, place, NOON)
    good, others = known_of(reader.id), known_of(admin.id)
    wreck(reader, place, NOON + 100)
    bad = known_of(reader.id)
    assert bring_back(reader, NOON + 50, NOON + 200) > 8
    assert known_of(reader.id) == good
    assert bring_back(reader, NOON + 50, NOON + 250) == 0
    assert bring_back(reader, NOON + 150, NOON + 300) > 8
    assert known_of(reader.id) == bad
    assert known_of(admin.id) == others


def test_before_the_first_line_there_was_nothing(place: Place, reader: users.User) -> None:
    leave_traces(reader, place, NOON)
    bring_back(reader, NOON - 1, NOON + 100)
    assert not known_of(reader.id)


@pytest.mark.parametrize(("moment", "page"), [(0, 0), (25, 2), (301, 30), (595, 59), (700, 65)])
def test_progress_comes_back_to_what_is_known_of_that_moment(
    place: Place, reader: users.User, moment: int, page: int
) -> None:
    comic = place.lone
    for tick in range(66):
        read(reader, comic, tick, NOON + 10 * tick, sequence=tick + 1, page_count=100)
    read(reader, comic, 99, NOON + 3600, session="another", sequence=1, page_count=100)
    bring_back(reader, NOON + moment, NOON + 4000)
    with reading() as connection:
        found = progress.find(connection, reader.id, comic)
    assert found is not None
    assert not found.completed
    # Within a sitting, the journal is exact to five minutes, and never ahead of what was.
    assert page - 30 < found.page <= page
    if moment == 700:
        assert found.page == 65


def test_a_deed_is_taken_back_but_not_what_came_after_it(place: Place, reader: users.User) -> None:
    one, other, third = place.numbers
    read(reader, one, 4)
    with writing() as connection:
        deed = person(reader, NOON + 10)
        progress.mark(connection, deed, place.numbers, read=True)
        progress.mark(connection, person(reader, NOON + 20), [third], read=False)
        undone, kept = restore.undo(connection, Deed(reader.id, Cause.UNDO), deed.id)
        assert (undone, kept) == (2, 1)
        found = progress.of_comics(connection, reader.id, place.numbers)
    assert {comic: known.page for comic, known in found.items()} == {one: 4}
    assert other not in found


def test_nobody_takes_back_what_somebody_else_did(
    place: Place, reader: users.User, admin: users.User
) -> None:
    deed = person(reader)
    with writing() as connection:
        marks.rate(connection, deed, Of.COMICS, place.lone, 4)
    with writing() as connection, pytest.raises(NotThere):
        restore.undo(connection, Deed(admin.id, Cause.UNDO), deed.id)


def test_a_comic_that_was_purged_and_came_back_is_restored_under_its_new_id(
    place: Place, reader: users.User
) -> None:
    read(reader, place.numbers[0], 7, NOON)
    with writing() as connection:
        bookmarks.put(connection, person(reader, NOON), place.numbers[0], 3, "")
        bookmarks.remove(connection, person(reader, NOON + 10), place.numbers[0], 3)
    with writing() as connection:
        keep.set_aside(connection, comic_ids=[place.numbers[0]])
        connection.execute(delete(comics).where(comics.c.id == place.numbers[0]))
    back = add_comic(place.saga, "Saga 1.cbz")
    with reading() as connection:
        arrived = awaited.arrivals(connection)
    with writing() as connection:
        for one in arrived:
            awaited.settle(connection, one)
    bring_back(reader, NOON + 5, NOON + 10**9)
    with reading() as connection:
        assert [one.page for one in bookmarks.of_comic(connection, reader.id, back)] == [3]


def test_lines_about_comics_that_are_not_here_are_counted(place: Place, reader: users.User) -> None:
    read(reader, place.numbers[0], 7, NOON)
    with writing() as connection:
        keep.set_aside(connection, comic_ids=[place.numbers[0]])
        connection.execute(delete(comics).where(comics.c.id == place.numbers[0]))
    with reading() as connection:
        planned = restore.plan(connection, reader.id, NOON - 10)
    assert (planned.changes, planned.unfound) == ([], 2)


def test_what_was_marked_of_a_series_is_taken_back_wherever_its_folder_is_now(
    place: Place, reader: users.User
) -> None:
    deed = person(reader)
    with writing() as connection:
        marks.favour(connection, deed, Of.SERIES, place.saga, True)
        for series_id, path in (
            (place.bone, b"away"),
            (place.saga, b"Bone"),
            (place.bone, b"Saga"),
        ):
            connection.execute(update(folders).where(_of(series_id)).values(path=path))
        assert restore.undo(connection, Deed(reader.id, Cause.UNDO), deed.id) == (1, 0)
        assert marks.one(connection, reader.id, Of.SERIES, place.saga).favourite_at is None


def test_the_id_of_a_series_that_is_gone_stands_for_no_other_one(
    place: Place, reader: users.User
) -> None:
    deed = person(reader)
    with writing() as connection:
        marks.favour(connection, deed, Of.SERIES, place.saga, True)
        connection.execute(update(folders).where(_of(place.saga)).values(path=b"Another"))
        later = update(series).where(series.c.id == place.saga).values(added_at=deed.at + 1)
        connection.execute(later)
        assert restore.undo(connection, Deed(reader.id, Cause.UNDO), deed.id) == (0, 1)
        assert marks.one(connection, reader.id, Of.SERIES, place.saga).favourite_at is not None


def test_a_sitting_is_taken_back_with_the_steps_that_the_journal_left_out(
    place: Place, reader: users.User
) -> None:
    comic = place.numbers[0]
    for page in range(1, 5):
        at = NOON + 10 * page
        read(reader, comic, page, at, session="one", sequence=page, page_count=100)
    with writing() as connection:
        (begun,) = journal.lines(connection, reader.id)
        assert restore.undo(connection, Deed(reader.id, Cause.UNDO), begun.deed) == (1, 0)
        assert progress.find(connection, reader.id, comic) is None


def test_who_was_removed_gets_all_back_also_what_waits_for_its_comic(
    place: Place, reader: users.User, add_user: AddUser
) -> None:
    leave_traces(reader, place)
    read(reader, place.numbers[1], 3)
    gone, later = place.numbers[0], place.numbers[1]
    with writing() as connection:
        keep.set_aside(connection, comic_ids=[gone])
        connection.execute(delete(comics).where(comics.c.id == gone))
        kept = awaited.of_user(connection, reader.id)
        assert kept
        users.remove(connection, reader.id)
        keep.set_aside(connection, comic_ids=[later])
        connection.execute(delete(comics).where(comics.c.id == later))
    namesake = add_user("Rita")
    with writing() as connection:
        had = restore.of_removed(connection, "Rita")
        assert restore.give(connection, Deed(namesake.id, Cause.RESTORE), had) == len(had)
        again = awaited.of_user(connection, namesake.id)
        assert restore.give(connection, Deed(namesake.id, Cause.RESTORE), had) == 0
    assert [one for one in kept if one not in again] == []
    back = add_comic(place.saga, "Saga 1.cbz", fingerprint=bytes([1]) * 16)
    with reading() as connection:
        arrived = awaited.arrivals(connection)
    with writing() as connection:
        for one in arrived:
            awaited.settle(connection, one)
        found = progress.find(connection, namesake.id, back)
        waiting = {one.subject.path for one in awaited.of_user(connection, namesake.id)}
    assert found is not None
    assert found.page == 7
    assert waiting == {b"Saga/Saga 2.cbz"}


def test_a_list_that_comes_back_beside_one_of_its_name_gets_another(
    place: Place, reader: users.User
) -> None:
    with writing() as connection:
        first = lists.create(connection, person(reader, NOON), "Best")
        removal = person(reader, NOON + 10)
        lists.remove(connection, removal, first)
        lists.create(connection, person(reader, NOON + 20), "Best")
        restore.undo(connection, Deed(reader.id, Cause.UNDO), removal.id)
        assert [one.name for one in lists.of_user(connection, reader.id)] == ["Best", "Best (2)"]


def test_planning_a_restore_changes_nothing(place: Place, reader: users.User) -> None:
    leave_traces(reader, place)
    lines = count(reading_journal)
    before = everything()
    with reading() as connection:
        assert restore.plan(connection, reader.id, NOON - 1).changes
    assert (everything(), count(reading_journal)) == (before, lines)


def test_the_journal_is_read_from_its_newest_line(place: Place, reader: users.User) -> None:
    leave_traces(reader, place)
    with reading() as connection:
        first = journal.newest(connection, reader.id, limit=3)
        rest = journal.newest(connection, reader.id, limit=99, before_id=first[-1].id)
    ids = [line.id for line in [*first, *rest]]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == count(reading_journal)
