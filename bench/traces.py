"""Leaves what people leave in a library: pages that were reached, and bookmarks.

LONGBOX_DATA=… python -m bench.traces
"""

from __future__ import annotations

from sqlalchemy import select

from db import users
from db.engine import reading, writing
from db.reading import bookmarks, progress
from db.reading.journal import Cause, Deed
from db.schema import comics

EVERY = 7  # which of the comics is read; every third of those has a bookmark
NOON = 1_700_000_000.0


def leave(user_id: int) -> int:
    """Read in some of the comics; answers in how many."""
    with reading() as connection:
        ids = connection.execute(select(comics.c.id).order_by(comics.c.id)).scalars().all()[::EVERY]
    deed = Deed(user_id, Cause.READ, "a bench's browser", at=NOON)
    for number, comic_id in enumerate(ids):
        report = progress.Report(comic_id, number % 5, NOON, session="bench", sequence=number + 1)
        with writing() as connection:
            progress.report(connection, deed, [report])
            if number % 3 == 0:
                bookmarks.put(connection, deed, comic_id, 1, "here")
    return len(ids)


def main() -> None:
    with reading() as connection:
        user = users.listing(connection)[0]
    print(f"{leave(user.id)} comics are being read")


if __name__ == "__main__":
    main()
