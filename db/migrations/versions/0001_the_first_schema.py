"""The first schema: libraries, the catalogue, the job table, people and their sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import SEARCH_TABLES

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "libraries",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("ignore_patterns", sa.Text(), server_default="", nullable=False),
        sa.Column("root_device", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_libraries")),
        sa.UniqueConstraint("name", name=op.f("uq_libraries_name")),
        sa.UniqueConstraint("path", name=op.f("uq_libraries_path")),
    )
    op.create_table(
        "people",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("name", name=op.f("uq_people_name")),
    )
    op.create_table(
        "publishers",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publishers")),
        sa.UniqueConstraint("name", name=op.f("uq_publishers_name")),
    )
    op.create_table(
        "settings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_settings")),
    )
    op.create_table(
        "setup_links",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_setup_links")),
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("blocked_until", sa.Float(), nullable=False),
        sa.Column("last_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("who", name=op.f("pk_sign_in_failures")),
    )
    op.create_table(
        "tags",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
        sa.UniqueConstraint("kind", "name", name=op.f("uq_tags_kind_name")),
    )
    op.create_table(
        "users",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("disabled_at", sa.Float(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("last_seen_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("name_key", name=op.f("uq_users_name_key")),
    )
    op.create_table(
        "folders",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "library_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["library_id"], ["libraries.id"], name=op.f("fk_folders_library_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_folders")),
        sa.UniqueConstraint("library_id", "path", name=op.f("uq_folders_library_id_path")),
    )
    op.create_table(
        "scan_jobs",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "library_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), server_default="{}", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("discover_total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("discover_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("discover_failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("discover_started_at", sa.Float(), nullable=True),
        sa.Column("discover_completed_at", sa.Float(), nullable=True),
        sa.Column("index_total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("index_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("index_failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("index_started_at", sa.Float(), nullable=True),
        sa.Column("index_completed_at", sa.Float(), nullable=True),
        sa.Column("thumbnail_total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("thumbnail_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("thumbnail_failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("thumbnail_started_at", sa.Float(), nullable=True),
        sa.Column("thumbnail_completed_at", sa.Float(), nullable=True),
        sa.Column("folders_found", sa.Integer(), server_default="0", nullable=False),
        sa.Column("folders_ignored", sa.Integer(), server_default="0", nullable=False),
        sa.Column("comics_found", sa.Integer(), server_default="0", nullable=False),
        sa.Column("comics_ignored", sa.Integer(), server_default="0", nullable=False),
        sa.Column("comics_new", sa.Integer(), server_default="0", nullable=False),
        sa.Column("comics_updated", sa.Integer(), server_default="0", nullable=False),
        sa.Column("comics_moved", sa.Integer(), server_default="0", nullable=False),
        sa.Column("comics_missing", sa.Integer(), server_default="0", nullable=False),
        sa.Column("comics_back", sa.Integer(), server_default="0", nullable=False),
        sa.Column("errors_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("current_operation", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("started_at", sa.Float(), nullable=True),
        sa.Column("updated_at", sa.Float(), nullable=False),
        sa.Column("completed_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["libraries.id"],
            name=op.f("fk_scan_jobs_library_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan_jobs")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("scan_jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scan_jobs_library_id"), ["library_id"], unique=False)
        batch_op.create_index(
            "uq_scan_jobs_one_per_library",
            ["library_id"],
            unique=True,
            sqlite_where=sa.text("status IN ('queued', 'running', 'paused', 'held')"),
            postgresql_where=sa.text("status IN ('queued', 'running', 'paused', 'held')"),
        )

    op.create_table(
        "sessions",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("seen_at", sa.Float(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sessions_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sessions_user_id"), ["user_id"], unique=False)

    op.create_table(
        "series",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "library_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "folder_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_name", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), server_default="", nullable=False),
        sa.Column("subcategory", sa.Text(), server_default="", nullable=False),
        sa.Column("comic_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "cover_comic_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("added_at", sa.Float(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=True),
        sa.Column("imprint", sa.Text(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("sort_year", sa.Integer(), server_default="0", nullable=False),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("booktype", sa.Text(), nullable=True),
        sa.Column("comicvine_id", sa.Text(), nullable=True),
        sa.Column("total_issues", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["folders.id"], name=op.f("fk_series_folder_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["library_id"], ["libraries.id"], name=op.f("fk_series_library_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("folder_id", name=op.f("uq_series_folder_id")),
    )
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.create_index(
            "ix_series_category_comic_count_id", ["category", "comic_count", "id"], unique=False
        )
        batch_op.create_index("ix_series_category_id", ["category", "id"], unique=False)
        batch_op.create_index(
            "ix_series_category_sort_name_id", ["category", "sort_name", "id"], unique=False
        )
        batch_op.create_index(
            "ix_series_category_sort_year_id", ["category", "sort_year", "id"], unique=False
        )
        batch_op.create_index("ix_series_comic_count_id", ["comic_count", "id"], unique=False)
        batch_op.create_index(
            "ix_series_library_id_comic_count_id", ["library_id", "comic_count", "id"], unique=False
        )
        batch_op.create_index("ix_series_library_id_id", ["library_id", "id"], unique=False)
        batch_op.create_index(
            "ix_series_library_id_sort_name_id", ["library_id", "sort_name", "id"], unique=False
        )
        batch_op.create_index(
            "ix_series_library_id_sort_year_id", ["library_id", "sort_year", "id"], unique=False
        )
        batch_op.create_index("ix_series_sort_name_id", ["sort_name", "id"], unique=False)
        batch_op.create_index("ix_series_sort_year_id", ["sort_year", "id"], unique=False)
        batch_op.create_index(
            "ix_series_subcategory", ["category", "subcategory", "sort_name", "id"], unique=False
        )

    op.create_table(
        "shards",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=True),
        sa.Column("last_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("fence", sa.Text(), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("strikes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("suspect", sa.LargeBinary(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("pid", sa.Integer(), nullable=True),
        sa.Column("heartbeat_at", sa.Float(), nullable=True),
        sa.Column("total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("started_at", sa.Float(), nullable=True),
        sa.Column("completed_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["job_id"], ["scan_jobs.id"], name=op.f("fk_shards_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shards")),
        sa.UniqueConstraint(
            "job_id", "phase", "number", name=op.f("uq_shards_job_id_phase_number")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("shards", schema=None) as batch_op:
        batch_op.create_index(
            "ix_shards_open",
            ["status"],
            unique=False,
            sqlite_where=sa.text("status IN ('queued', 'running')"),
            postgresql_where=sa.text("status IN ('queued', 'running')"),
        )

    op.create_table(
        "comics",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "library_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "folder_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "series_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("file_name", sa.LargeBinary(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="present", nullable=False),
        sa.Column("missing_since", sa.Float(), nullable=True),
        sa.Column(
            "added_job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "changed_job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("added_at", sa.Float(), nullable=False),
        sa.Column("index_state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("container", sa.Text(), nullable=True),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("cover_page", sa.Integer(), server_default="0", nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("series_title", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("sort_number", sa.Float(), nullable=True),
        sa.Column("issue_count", sa.Integer(), nullable=True),
        sa.Column("volume", sa.Integer(), nullable=True),
        sa.Column("alternate_series", sa.Text(), nullable=True),
        sa.Column("alternate_number", sa.Text(), nullable=True),
        sa.Column("alternate_count", sa.Integer(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("review", sa.Text(), nullable=True),
        sa.Column("release_date", sa.Text(), nullable=True),
        sa.Column(
            "publisher_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "imprint_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("web", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("format", sa.Text(), nullable=True),
        sa.Column("age_rating", sa.Text(), nullable=True),
        sa.Column("community_rating", sa.Float(), nullable=True),
        sa.Column("black_and_white", sa.Boolean(), nullable=True),
        sa.Column("manga", sa.Boolean(), nullable=True),
        sa.Column("right_to_left", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("scan_information", sa.Text(), nullable=True),
        sa.Column("series_groups", sa.Text(), nullable=True),
        sa.Column("main_character_or_team", sa.Text(), nullable=True),
        sa.Column("gtin", sa.Text(), nullable=True),
        sa.Column("thumbnail_state", sa.Text(), server_default="pending", nullable=False),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["folders.id"], name=op.f("fk_comics_folder_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["imprint_id"],
            ["publishers.id"],
            name=op.f("fk_comics_imprint_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["library_id"], ["libraries.id"], name=op.f("fk_comics_library_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["publisher_id"],
            ["publishers.id"],
            name=op.f("fk_comics_publisher_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_comics_series_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comics")),
        sa.UniqueConstraint("folder_id", "file_name", name=op.f("uq_comics_folder_id_file_name")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("comics", schema=None) as batch_op:
        batch_op.create_index(
            "ix_comics_missing",
            ["library_id", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'missing'"),
            postgresql_where=sa.text("state = 'missing'"),
        )
        batch_op.create_index(
            "ix_comics_release_date_id",
            ["release_date", "id"],
            unique=False,
            sqlite_where=sa.text("release_date IS NOT NULL"),
            postgresql_where=sa.text("release_date IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_comics_series_id"), ["series_id"], unique=False)
        batch_op.create_index(
            "ix_comics_to_index",
            ["library_id", "id"],
            unique=False,
            sqlite_where=sa.text("index_state = 'pending'"),
            postgresql_where=sa.text("index_state = 'pending'"),
        )

    op.create_table(
        "comic_credits",
        sa.Column("comic_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comic_id"], ["comics.id"], name=op.f("fk_comic_credits_comic_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_comic_credits_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("comic_id", "role", "person_id", name=op.f("pk_comic_credits")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "comic_tags",
        sa.Column("comic_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tag_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["comic_id"], ["comics.id"], name=op.f("fk_comic_tags_comic_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tags.id"], name=op.f("fk_comic_tags_tag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("comic_id", "tag_id", name=op.f("pk_comic_tags")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "job_changes",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("comic_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["comic_id"], ["comics.id"], name=op.f("fk_job_changes_comic_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["scan_jobs.id"], name=op.f("fk_job_changes_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_changes")),
    )
    with op.batch_alter_table("job_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_changes_comic_id"), ["comic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_changes_job_id"), ["job_id"], unique=False)

    op.create_table(
        "job_errors",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "library_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("comic_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("error_class", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="1", nullable=False),
        sa.Column("first_seen_at", sa.Float(), nullable=False),
        sa.Column("last_seen_at", sa.Float(), nullable=False),
        sa.Column("resolved_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["comic_id"], ["comics.id"], name=op.f("fk_job_errors_comic_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["scan_jobs.id"], name=op.f("fk_job_errors_job_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["libraries.id"],
            name=op.f("fk_job_errors_library_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_errors")),
    )
    with op.batch_alter_table("job_errors", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_errors_comic_id"), ["comic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_errors_job_id"), ["job_id"], unique=False)
        batch_op.create_index(
            "uq_job_errors_open",
            ["library_id", "phase", "path"],
            unique=True,
            sqlite_where=sa.text("resolved_at IS NULL"),
            postgresql_where=sa.text("resolved_at IS NULL"),
        )

    for statement in SEARCH_TABLES:
        op.execute(statement)
