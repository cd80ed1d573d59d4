"""The tables of what people have read, marked, noted and listed, and the journal of every change.

Each refers to users, comics and series by RESTRICT, so that nothing can delete one of these before
`db.reading` has seen to what hangs on it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from db.schema.base import Id, id_column, metadata, to, where


def _reference(table: str, **options: Any) -> Column[int]:
    options = {"nullable": False} | options
    return Column(_reference_name(table), Id, to(table, delete="RESTRICT"), **options)


def _reference_name(table: str) -> str:
    return "series_id" if table == "series" else f"{table.removesuffix('s')}_id"


reading_progress = Table(
    "reading_progress",
    metadata,
    _reference("users", primary_key=True),
    _reference("comics", primary_key=True),
    Column("page", Integer, nullable=False),  # from 0
    Column("page_count", Integer),  # of the comic when that page was reported
    Column("completed", Boolean, nullable=False, server_default=false()),
    Column("seconds_read", Integer, nullable=False, server_default="0"),
    Column("device", Text, nullable=False, server_default=""),
    # the sitting that reported the page, and which of its reports that was
    Column("session", Text, nullable=False, server_default=""),
    Column("sequence", Integer, nullable=False, server_default="0"),
    Column("read_at", Float, nullable=False),  # when that page was turned to
    Column("started_at", Float),  # null when nothing of it counts as read
    Column("finished_at", Float),
    Column("reset_at", Float),  # when it was marked unread: what was read before counts no longer
    Column("changed_at", Float, nullable=False),
    Index("ix_reading_progress_comic_id", "comic_id"),
    Index(
        "ix_reading_progress_open",
        "user_id",
        "read_at",
        "comic_id",
        **where("started_at IS NOT NULL AND NOT completed"),
    ),
    Index(
        "ix_reading_progress_completed",
        "user_id",
        "read_at",
        "comic_id",
        **where("completed"),
    ),
    sqlite_with_rowid=False,
)

reading_sessions = Table(  # one sitting with one comic; what statistics and the history are made of
    "reading_sessions",
    metadata,
    id_column(),
    _reference("users"),
    _reference("comics", nullable=True, index=True),  # null once it was purged
    Column("title", Text, nullable=False, server_default=""),  # of a comic that was purged
    Column("series_name", Text, nullable=False, server_default=""),  # likewise
    Column("session", Text, nullable=False),
    Column("sequence", Integer, nullable=False, server_default="0"),  # of its newest report
    Column("device", Text, nullable=False, server_default=""),
    Column("day", Text, nullable=False),  # YYYY-MM-DD where the reader was when it began
    Column("started_at", Float, nullable=False),
    Column("ended_at", Float, nullable=False),
    Column("lowest_page", Integer, nullable=False),
    Column("highest_page", Integer, nullable=False),
    Column("pages", Integer, nullable=False, server_default="0"),
    Column("seconds", Integer, nullable=False, server_default="0"),
    UniqueConstraint("user_id", "session", "comic_id"),
    Index(
        "uq_reading_sessions_of_purged",
        "user_id",
        "session",
        unique=True,
        **where("comic_id IS NULL"),
    ),
    Index("ix_reading_sessions_user_id_day", "user_id", "day"),
    Index("ix_reading_sessions_user_id_ended_at_id", "user_id", "ended_at", "id"),
)

bookmarks = Table(
    "bookmarks",
    metadata,
    id_column(),
    _reference("users"),
    _reference("comics", index=True),
    Column("page", Integer, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("created_at", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
    UniqueConstraint("user_id", "comic_id", "page"),
    Index("ix_bookmarks_user_id_created_at_id", "user_id", "created_at", "id"),
    sqlite_autoincrement=True,  # a bookmark's id is known to browsers that are offline
)

page_notes = Table(
    "page_notes",
    metadata,
    id_column(),
    _reference("users"),
    _reference("comics", index=True),
    Column("uid", Text, nullable=False),  # what tells it from others, also on another server
    Column("page", Integer, nullable=False),
    Column("text", Text, nullable=False, server_default=""),
    Column("highlight", Text, nullable=False, server_default=""),  # the words that are marked
    # where on the page, as shares of its width and height from the top left; null is all of it
    Column("x", Float),
    Column("y", Float),
    Column("width", Float),
    Column("height", Float),
    Column("created_at", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
    UniqueConstraint("user_id", "comic_id", "uid"),
    Index("ix_page_notes_user_id_created_at_id", "user_id", "created_at", "id"),
    sqlite_autoincrement=True,
)

preferences = Table(
    "preferences",
    metadata,
    _reference("users", primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),  # JSON
    Column("changed_at", Float, nullable=False),
    sqlite_with_rowid=False,
)

reader_settings = Table(  # preferences of the reader that hold for one series
    "reader_settings",
    metadata,
    _reference("users", primary_key=True),
    _reference("series", primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),  # JSON
    Column("changed_at", Float, nullable=False),
    Index("ix_reader_settings_series_id", "series_id"),
    sqlite_with_rowid=False,
)


def _marks(name: str, table: str) -> Table:
    """What a person thinks of a comic or a series: stars, favourite, want to read."""
    one = _reference_name(table)
    return Table(
        name,
        metadata,
        _reference("users", primary_key=True),
        _reference(table, primary_key=True),
        Column("stars", Integer),  # 1 to 5
        Column("rated_at", Float),
        Column("favourite_at", Float),
        Column("wanted_at", Float),
        Index(f"ix_{name}_{one}", one),
        Index(f"ix_{name}_stars", "user_id", "rated_at", one, **where("stars IS NOT NULL")),
        Index(
            f"ix_{name}_favourite",
            "user_id",
            "favourite_at",
            one,
            **where("favourite_at IS NOT NULL"),
        ),
        Index(f"ix_{name}_wanted", "user_id", "wanted_at", one, **where("wanted_at IS NOT NULL")),
        sqlite_with_rowid=False,
    )


comic_marks = _marks("comic_marks", "comics")
series_marks = _marks("series_marks", "series")

reading_lists = Table(
    "reading_lists",
    metadata,
    id_column(),
    _reference("users"),
    Column("uid", Text, nullable=False),  # as of a page's note; the name may change
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("is_public", Boolean, nullable=False, server_default=false()),  # to all who sign in
    Column("created_at", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
    UniqueConstraint("user_id", "uid"),
    UniqueConstraint("user_id", "name"),
    sqlite_autoincrement=True,
)

reading_list_items = Table(  # each a comic or a whole series
    "reading_list_items",
    metadata,
    id_column(),
    _reference("users"),
    Column("list", Text, nullable=False),  # its uid
    _reference("comics", nullable=True, index=True),
    _reference("series", nullable=True, index=True),
    Column("position", Integer, nullable=False),
    Column("added_at", Float, nullable=False),
    ForeignKeyConstraint(
        ["user_id", "list"],
        ["reading_lists.user_id", "reading_lists.uid"],
        name="fk_reading_list_items_list",
        ondelete="CASCADE",
    ),
    UniqueConstraint("user_id", "list", "comic_id"),
    UniqueConstraint("user_id", "list", "series_id"),
    Index("ix_reading_list_items_position", "user_id", "list", "position", "id"),
)

reading_journal = Table(  # only ever added to; the database itself refuses anything else
    "reading_journal",
    metadata,
    id_column(),
    _reference("users", nullable=True),  # null once the user was removed
    Column("user_name", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("deed", Text, nullable=False),  # one for all that was changed in one go
    Column("cause", Text, nullable=False),
    Column("kind", Text, nullable=False),
    # what it is about: ids while they last, and what finds it again when they are no more
    Column("comic_id", Id),
    Column("series_id", Id),
    Column("library", Text),
    Column("path", LargeBinary),  # below the library: of the comic's file, or the series' folder
    Column("size", BigInteger),
    Column("fingerprint", LargeBinary),
    Column("name", Text, nullable=False, server_default=""),  # which of several: a page, a setting
    Column("before", Text),  # JSON; null when there was nothing
    Column("after", Text),  # JSON; null when there is nothing any more
    Column("device", Text, nullable=False, server_default=""),
    Index("ix_reading_journal_user_id_id", "user_id", "id"),
    Index("ix_reading_journal_user_id_comic_id_id", "user_id", "comic_id", "id"),
    Index("ix_reading_journal_deed", "deed"),
    sqlite_autoincrement=True,
)

reading_awaited = Table(  # reading data of comics that are not here: it is theirs when they come
    "reading_awaited",
    metadata,
    id_column(),
    _reference("users"),
    Column("cause", Text, nullable=False),  # a purge, an import
    Column("kind", Text, nullable=False),
    Column("library", Text),
    Column("path", LargeBinary, nullable=False),  # below the library
    Column("size", BigInteger),  # null for a series
    Column("fingerprint", LargeBinary),
    Column("name", Text, nullable=False, server_default=""),
    Column("value", Text, nullable=False),  # JSON, as the journal has it
    Column("created_at", Float, nullable=False),
    Index("ix_reading_awaited_user_id_path", "user_id", "path"),
)
