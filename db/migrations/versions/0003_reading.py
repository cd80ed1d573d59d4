"""Reading data: progress, bookmarks, notes, marks, lists, preferences, and its journal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import JOURNAL_GUARDS

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "preferences",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_preferences_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("user_id", "name", name=op.f("pk_preferences")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reading_awaited",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("library", sa.Text(), nullable=True),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_reading_awaited_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_awaited")),
    )
    op.create_index(
        "ix_reading_awaited_user_id_path", "reading_awaited", ["user_id", "path"], unique=False
    )
    op.create_table(
        "reading_journal",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("comic_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("series_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("library", sa.Text(), nullable=True),
        sa.Column("path", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("device", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_reading_journal_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_journal")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reading_journal_deed", "reading_journal", ["deed"], unique=False)
    op.create_index(
        "ix_reading_journal_user_id_comic_id_id",
        "reading_journal",
        ["user_id", "comic_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_reading_journal_user_id_id", "reading_journal", ["user_id", "id"], unique=False
    )
    op.create_table(
        "reading_lists",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("is_public", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("changed_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_reading_lists_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_lists")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_reading_lists_user_id_name")),
        sa.UniqueConstraint("user_id", "uid", name=op.f("uq_reading_lists_user_id_uid")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "reader_settings",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "series_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"],
            ["series.id"],
            name=op.f("fk_reader_settings_series_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_reader_settings_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("user_id", "series_id", "name", name=op.f("pk_reader_settings")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_reader_settings_series_id", "reader_settings", ["series_id"], unique=False)
    op.create_table(
        "series_marks",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "series_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("stars", sa.Integer(), nullable=True),
        sa.Column("rated_at", sa.Float(), nullable=True),
        sa.Column("favourite_at", sa.Float(), nullable=True),
        sa.Column("wanted_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["series_id"],
            ["series.id"],
            name=op.f("fk_series_marks_series_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_series_marks_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("user_id", "series_id", name=op.f("pk_series_marks")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_series_marks_favourite",
        "series_marks",
        ["user_id", "favourite_at", "series_id"],
        unique=False,
        sqlite_where=sa.text("favourite_at IS NOT NULL"),
        postgresql_where=sa.text("favourite_at IS NOT NULL"),
    )
    op.create_index("ix_series_marks_series_id", "series_marks", ["series_id"], unique=False)
    op.create_index(
        "ix_series_marks_stars",
        "series_marks",
        ["user_id", "rated_at", "series_id"],
        unique=False,
        sqlite_where=sa.text("stars IS NOT NULL"),
        postgresql_where=sa.text("stars IS NOT NULL"),
    )
    op.create_index(
        "ix_series_marks_wanted",
        "series_marks",
        ["user_id", "wanted_at", "series_id"],
        unique=False,
        sqlite_where=sa.text("wanted_at IS NOT NULL"),
        postgresql_where=sa.text("wanted_at IS NOT NULL"),
    )
    op.create_table(
        "bookmarks",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("comic_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("changed_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comic_id"], ["comics.id"], name=op.f("fk_bookmarks_comic_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_bookmarks_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookmarks")),
        sa.UniqueConstraint(
            "user_id", "comic_id", "page", name=op.f("uq_bookmarks_user_id_comic_id_page")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_bookmarks_comic_id"), "bookmarks", ["comic_id"], unique=False)
    op.create_index(
        "ix_bookmarks_user_id_created_at_id",
        "bookmarks",
        ["user_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "comic_marks",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("comic_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=True),
        sa.Column("rated_at", sa.Float(), nullable=True),
        sa.Column("favourite_at", sa.Float(), nullable=True),
        sa.Column("wanted_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["comic_id"], ["comics.id"], name=op.f("fk_comic_marks_comic_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_comic_marks_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("user_id", "comic_id", name=op.f("pk_comic_marks")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_comic_marks_comic_id", "comic_marks", ["comic_id"], unique=False)
    op.create_index(
        "ix_comic_marks_favourite",
        "comic_marks",
        ["user_id", "favourite_at", "comic_id"],
        unique=False,
        sqlite_where=sa.text("favourite_at IS NOT NULL"),
        postgresql_where=sa.text("favourite_at IS NOT NULL"),
    )
    op.create_index(
        "ix_comic_marks_stars",
        "comic_marks",
        ["user_id", "rated_at", "comic_id"],
        unique=False,
        sqlite_where=sa.text("stars IS NOT NULL"),
        postgresql_where=sa.text("stars IS NOT NULL"),
    )
    op.create_index(
        "ix_comic_marks_wanted",
        "comic_marks",
        ["user_id", "wanted_at", "comic_id"],
        unique=False,
        sqlite_where=sa.text("wanted_at IS NOT NULL"),
        postgresql_where=sa.text("wanted_at IS NOT NULL"),
    )
    op.create_table(
        "page_notes",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("comic_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("highlight", sa.Text(), server_default="", nullable=False),
        sa.Column("x", sa.Float(), nullable=True),
        sa.Column("y", sa.Float(), nullable=True),
        sa.Column("width", sa.Float(), nullable=True),
        sa.Column("height", sa.Float(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("changed_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comic_id"], ["comics.id"], name=op.f("fk_page_notes_comic_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_page_notes_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_notes")),
        sa.UniqueConstraint(
            "user_id", "comic_id", "uid", name=op.f("uq_page_notes_user_id_comic_id_uid")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_page_notes_comic_id"), "page_notes", ["comic_id"], unique=False)
    op.create_index(
        "ix_page_notes_user_id_created_at_id",
        "page_notes",
        ["user_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "reading_list_items",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("comic_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("series_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comic_id"],
            ["comics.id"],
            name=op.f("fk_reading_list_items_comic_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["series_id"],
            ["series.id"],
            name=op.f("fk_reading_list_items_series_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["user_id", "list"],
            ["reading_lists.user_id", "reading_lists.uid"],
            name="fk_reading_list_items_list",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_reading_list_items_user_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_list_items")),
        sa.UniqueConstraint(
            "user_id", "list", "comic_id", name=op.f("uq_reading_list_items_user_id_list_comic_id")
        ),
        sa.UniqueConstraint(
            "user_id",
            "list",
            "series_id",
            name=op.f("uq_reading_list_items_user_id_list_series_id"),
        ),
    )
    op.create_index(
        op.f("ix_reading_list_items_comic_id"), "reading_list_items", ["comic_id"], unique=False
    )
    op.create_index(
        "ix_reading_list_items_position",
        "reading_list_items",
        ["user_id", "list", "position", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_reading_list_items_series_id"), "reading_list_items", ["series_id"], unique=False
    )
    op.create_table(
        "reading_progress",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("comic_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("completed", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("seconds_read", sa.Integer(), server_default="0", nullable=False),
        sa.Column("device", sa.Text(), server_default="", nullable=False),
        sa.Column("session", sa.Text(), server_default="", nullable=False),
        sa.Column("sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("read_at", sa.Float(), nullable=False),
        sa.Column("started_at", sa.Float(), nullable=True),
        sa.Column("finished_at", sa.Float(), nullable=True),
        sa.Column("reset_at", sa.Float(), nullable=True),
        sa.Column("changed_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comic_id"],
            ["comics.id"],
            name=op.f("fk_reading_progress_comic_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_reading_progress_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("user_id", "comic_id", name=op.f("pk_reading_progress")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_reading_progress_comic_id", "reading_progress", ["comic_id"], unique=False)
    op.create_index(
        "ix_reading_progress_completed",
        "reading_progress",
        ["user_id", "read_at", "comic_id"],
        unique=False,
        sqlite_where=sa.text("completed"),
        postgresql_where=sa.text("completed"),
    )
    op.create_index(
        "ix_reading_progress_open",
        "reading_progress",
        ["user_id", "read_at", "comic_id"],
        unique=False,
        sqlite_where=sa.text("started_at IS NOT NULL AND NOT completed"),
        postgresql_where=sa.text("started_at IS NOT NULL AND NOT completed"),
    )
    op.create_table(
        "reading_sessions",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("comic_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("series_name", sa.Text(), server_default="", nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("device", sa.Text(), server_default="", nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.Float(), nullable=False),
        sa.Column("lowest_page", sa.Integer(), nullable=False),
        sa.Column("highest_page", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), server_default="0", nullable=False),
        sa.Column("seconds", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["comic_id"],
            ["comics.id"],
            name=op.f("fk_reading_sessions_comic_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_reading_sessions_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_sessions")),
        sa.UniqueConstraint(
            "user_id",
            "session",
            "comic_id",
            name=op.f("uq_reading_sessions_user_id_session_comic_id"),
        ),
    )
    op.create_index(
        op.f("ix_reading_sessions_comic_id"), "reading_sessions", ["comic_id"], unique=False
    )
    op.create_index(
        "ix_reading_sessions_user_id_day", "reading_sessions", ["user_id", "day"], unique=False
    )
    op.create_index(
        "ix_reading_sessions_user_id_ended_at_id",
        "reading_sessions",
        ["user_id", "ended_at", "id"],
        unique=False,
    )
    for guard in JOURNAL_GUARDS:
        op.execute(guard)
