"""Pages that an admin has hidden from reading, in whatever comic they stand.

A page is known by its sum, the CRC-32 and size that `comic_pages` has. A comic whose pages would
all be hidden shows them all. Covers made before are made anew by the next survey; until then a row
says that they are not settled.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from db.dialect import insert_or_update
from db.schema import comic_pages, comics, hidden_pages
from db.states import WorkState
from db.times import now

WIDTH = 8  # bytes of a page's sum


@dataclass(frozen=True, slots=True)
class Hidden:
    """The sums of the hidden pages, `now` and `before` the changes that covers do not show yet."""

    now: frozenset[bytes]
    before: frozenset[bytes]

    @property
    def is_settled(self) -> bool:
        return self.now == self.before


def hide(connection: Connection, sums: Collection[bytes], by: str) -> None:
    """Leave pages out of reading."""
    _change(connection, sums, by, is_hidden=True)


def show(connection: Connection, sums: Collection[bytes], by: str) -> None:
    """Let hidden pages be read again."""
    there = select(hidden_pages.c.sum).where(hidden_pages.c.sum.in_(sums))
    _change(connection, connection.execute(there).scalars().all(), by, is_hidden=False)


def numbers(connection: Connection, comic_id: int) -> frozenset[int]:
    """The pages of a comic that are hidden, from 0."""
    hidden = _sums(connection)
    if not hidden:
        return frozenset()
    query = select(comic_pages.c.sums).where(comic_pages.c.comic_id == comic_id)
    pages = _split(connection.execute(query).scalar() or b"")
    found = frozenset(number for number, page in enumerate(pages) if page in hidden)
    return found if len(found) < len(pages) else frozenset()


def covers(connection: Connection, pages: Mapping[int, int]) -> dict[int, int]:
    """The pages that comics' covers are made of, by comic, given those that they say."""
    hidden = _sums(connection)
    if not hidden:
        return dict(pages)
    query = select(comic_pages).where(comic_pages.c.comic_id.in_(pages))
    return dict(pages) | {
        comic_id: cover_page(sums, pages[comic_id], hidden)
        for comic_id, sums in connection.execute(query)
    }


def cover_page(sums: bytes, page: int, hidden: Collection[bytes]) -> int:
    """The page that a comic's cover is made of: `page`, or the first one shown if it is hidden."""
    pages = _split(sums)
    if page >= len(pages) or pages[page] not in hidden:
        return page
    return next((number for number, one in enumerate(pages) if one not in hidden), page)


# ---- what a survey does about covers


def now_and_before(connection: Connection) -> Hidden:
    """What is hidden, and what was when covers were last looked at."""
    rows = connection.execute(
        select(hidden_pages.c.sum, hidden_pages.c.is_hidden, hidden_pages.c.is_settled)
    ).all()
    return Hidden(
        now=frozenset(row.sum for row in rows if row.is_hidden),
        before=frozenset(row.sum for row in rows if row.is_hidden == row.is_settled),
    )


def draw_anew(connection: Connection, comic_ids: Collection[int]) -> list[tuple[int, int]]:
    """Put covers on the work list again; answers the (id, version) of those there may be."""
    rows = connection.execute(
        update(comics)
        .where(comics.c.id.in_(comic_ids), comics.c.thumbnail_state != WorkState.PENDING)
        .values(thumbnail_state=WorkState.PENDING)
        .returning(comics.c.id, comics.c.version)
    )
    return [(row.id, row.version) for row in rows]


def settle(connection: Connection, moment: float) -> None:
    """Say that covers are as was asked for until then."""
    until = hidden_pages.c.changed_at < moment
    connection.execute(delete(hidden_pages).where(until, ~hidden_pages.c.is_hidden))
    connection.execute(update(hidden_pages).where(until).values(is_settled=True))


def _change(connection: Connection, sums: Collection[bytes], by: str, *, is_hidden: bool) -> None:
    """Rows that change back before covers have followed are settled as they were."""
    statement = insert_or_update(
        hidden_pages,
        ["sum"],
        lambda old, new: {
            "is_hidden": new.is_hidden,
            "is_settled": (old.is_hidden == new.is_hidden) == old.is_settled,
            "changed_by": new.changed_by,
            "changed_at": new.changed_at,
        },
    )
    values = {"is_hidden": is_hidden, "is_settled": False, "changed_by": by, "changed_at": now()}
    if sums:
        connection.execute(statement, [{"sum": one} | values for one in sums])


def _sums(connection: Connection) -> set[bytes]:
    query = select(hidden_pages.c.sum).where(hidden_pages.c.is_hidden)
    return set(connection.execute(query).scalars())


def _split(sums: bytes) -> list[bytes]:
    return [sums[start : start + WIDTH] for start in range(0, len(sums), WIDTH)]
