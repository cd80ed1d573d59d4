"""Which content of its file a comic's row speaks of, and what becomes of a row whose file is
another now: it is read again, and its cover drawn again.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, bindparam, literal_column, select, update

from db.dialect import bulk
from db.schema import comics, folders
from db.states import WorkState


def version_of(size: int, mtime_ns: int) -> int:
    """Another number for every other content, small enough to be exact in JavaScript."""
    return (mtime_ns ^ (size << 20)) & (2**53 - 1)


def store(connection: Connection, job_id: int, files: Sequence[tuple[int, int, int]]) -> None:
    """Bring comics `(size, mtime_ns, id)` to what their files are now."""
    rows = [
        (size, mtime_ns, version_of(size, mtime_ns), job_id, one) for size, mtime_ns, one in files
    ]
    bulk(connection, _OTHER_FILE, _OTHER_FILE_NAMES, rows)


def list_again(connection: Connection, comic_ids: Sequence[int]) -> None:
    """Have the next scan list the folders of these comics, whatever their time stamps say."""
    of_them = select(comics.c.folder_id).where(comics.c.id.in_(comic_ids))
    connection.execute(update(folders).where(folders.c.id.in_(of_them)).values(mtime_ns=None))


_OTHER_FILE_NAMES = ("new_size", "new_mtime_ns", "new_version", "job", "comic")
_PENDING: ColumnElement[str] = literal_column(f"'{WorkState.PENDING}'")
_OTHER_FILE = (
    update(comics)
    .where(comics.c.id == bindparam("comic"))
    .values(
        size=bindparam("new_size"),
        mtime_ns=bindparam("new_mtime_ns"),
        version=bindparam("new_version"),
        changed_job_id=bindparam("job"),
        index_state=_PENDING,
        thumbnail_state=_PENDING,
    )
)
