"""What stands for a series or a comic as a person chooses it, and what there is to choose from.

`cover_artwork_id` is the picture that is shown; None means a comic's own cover. `cover_chosen` says
that a person wants it so. What is shown where nobody chose is decided in `db/shown_covers.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select, update

from db import folders as shelves
from db.paths import display
from db.schema import artwork, artwork_files, comics, series
from db.shown_covers import BEST_FIRST, refresh_comics, refresh_series
from db.states import ArtworkRole


class CannotChoose(ValueError):
    """What was to be the cover is not there; the message is for the person who chose."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A kept picture that lies beside comics; `comic_id` is the comic that its name is of."""

    artwork_id: int
    role: ArtworkRole
    file_name: str
    comic_id: int | None
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands for a series or a comic: a picture or, without one, a comic's own cover."""

    artwork_id: int | None
    comic_id: int | None
    chosen: bool


def choose_artwork(connection: Connection, *, artwork_id: int, **subject: int) -> None:
    """Let a kept picture stand for `series_id=` or `comic_id=`; raises CannotChoose."""
    known = select(artwork.c.id).where(artwork.c.id == artwork_id)
    if connection.execute(known).first() is None:
        raise CannotChoose("That picture is not there any more. Choose another.")
    _set(connection, subject, cover_artwork_id=artwork_id, cover_chosen=True)


def choose_comic(connection: Connection, series_id: int, comic_id: int) -> None:
    """Let the cover of one of its comics stand for a series; raises CannotChoose."""
    own = select(comics.c.id).where(comics.c.id == comic_id, comics.c.series_id == series_id)
    if connection.execute(own).first() is None:
        raise CannotChoose("That comic is not of this series.")
    chosen = {"cover_artwork_id": None, "cover_comic_id": comic_id, "cover_chosen": True}
    _set(connection, {"series_id": series_id}, **chosen)


def choose_own_cover(connection: Connection, comic_id: int) -> None:
    """Let a comic show the cover in its file, whatever lies beside it."""
    _set(connection, {"comic_id": comic_id}, cover_artwork_id=None, cover_chosen=True)


def reset(connection: Connection, **subject: int) -> None:
    """Let `series_id=` or `comic_id=` show again what it shows by itself."""
    _set(connection, subject, cover_chosen=False)
    if "comic_id" in subject:
        refresh_comics(connection, [subject["comic_id"]])
    else:
        one = subject["series_id"]
        folder = select(series.c.folder_id).where(series.c.id == one)
        refresh_series(connection, list(connection.execute(folder).scalars()))
        shelves.recount(connection, [one])


# ---- looking


def of_series(connection: Connection, series_id: int) -> Shown | None:
    """What stands for a series; None when there is no such series."""
    query = select(series.c.cover_artwork_id, series.c.cover_comic_id, series.c.cover_chosen)
    row = connection.execute(query.where(series.c.id == series_id)).one_or_none()
    return Shown(*row) if row else None


def of_comic(connection: Connection, comic_id: int) -> Shown | None:
    """What stands for a comic; None when there is no such comic."""
    query = select(comics.c.cover_artwork_id, comics.c.id, comics.c.cover_chosen)
    row = connection.execute(query.where(comics.c.id == comic_id)).one_or_none()
    return Shown(*row) if row else None


def own_cover_page(connection: Connection, comic_id: int) -> int | None:
    """The page, from 0, that is a comic's own cover; None when there is no such comic."""
    return connection.execute(select(comics.c.cover_page).where(comics.c.id == comic_id)).scalar()


def beside_series(connection: Connection, series_id: int) -> list[Candidate]:
    """The kept pictures in a series' folder that are of no one comic, the likeliest covers first;
    each once."""
    query = _candidates().join(series, series.c.folder_id == artwork_files.c.folder_id)
    return _listed(
        connection, query.where(series.c.id == series_id, artwork_files.c.comic_id.is_(None))
    )


def beside_comic(connection: Connection, comic_id: int) -> list[Candidate]:
    """The kept pictures with a comic's name, then those of its series, the likeliest first."""
    query = _candidates().join(comics, comics.c.folder_id == artwork_files.c.folder_id)
    mine = artwork_files.c.comic_id == comic_id
    return _listed(
        connection,
        query.where(comics.c.id == comic_id, mine | artwork_files.c.comic_id.is_(None)).order_by(
            artwork_files.c.comic_id.is_(None)
        ),
    )


def _candidates() -> Select[Any]:
    return select(
        artwork.c.id,
        artwork_files.c.role,
        artwork_files.c.file_name,
        artwork_files.c.comic_id,
        artwork.c.width,
        artwork.c.height,
    ).join_from(artwork_files, artwork, artwork.c.id == artwork_files.c.artwork_id)


def _listed(connection: Connection, query: Select[Any]) -> list[Candidate]:
    found: dict[int, Candidate] = {}
    for one, role, name, *others in connection.execute(query.order_by(*BEST_FIRST)):
        found.setdefault(one, Candidate(one, ArtworkRole(role), display(name), *others))
    return list(found.values())


def _set(connection: Connection, subject: dict[str, int], **values: Any) -> None:
    [(name, one)] = subject.items()
    table = {"series_id": series, "comic_id": comics}[name]
    connection.execute(update(table).where(table.c.id == one).values(values))
