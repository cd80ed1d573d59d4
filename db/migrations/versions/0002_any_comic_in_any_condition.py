"""What every format and every move needs: artwork, page sums, where each field comes from.

Comics that were indexed before are read once more by the next scan, to learn what is new here.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.dialect import SEARCH_TABLES

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "artwork",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artwork")),
        sa.UniqueConstraint("sha256", name=op.f("uq_artwork_sha256")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "artwork_files",
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
        sa.Column("file_name", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("comic_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column(
            "artwork_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["artwork_id"],
            ["artwork.id"],
            name=op.f("fk_artwork_files_artwork_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["comic_id"], ["comics.id"], name=op.f("fk_artwork_files_comic_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["folder_id"],
            ["folders.id"],
            name=op.f("fk_artwork_files_folder_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["libraries.id"],
            name=op.f("fk_artwork_files_library_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artwork_files")),
        sa.UniqueConstraint(
            "folder_id", "file_name", name=op.f("uq_artwork_files_folder_id_file_name")
        ),
    )
    op.create_index(
        op.f("ix_artwork_files_artwork_id"), "artwork_files", ["artwork_id"], unique=False
    )
    op.create_index(op.f("ix_artwork_files_comic_id"), "artwork_files", ["comic_id"], unique=False)
    op.create_index(
        op.f("ix_artwork_files_library_id"), "artwork_files", ["library_id"], unique=False
    )
    op.create_index(
        "ix_artwork_files_to_keep",
        "artwork_files",
        ["library_id", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "comic_pages",
        sa.Column(
            "comic_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("sums", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comic_id"], ["comics.id"], name=op.f("fk_comic_pages_comic_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("comic_id", name=op.f("pk_comic_pages")),
    )
    op.add_column(
        "comics",
        sa.Column(
            "cover_artwork_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
    )
    op.add_column("comics", sa.Column("full_fingerprint", sa.LargeBinary(), nullable=True))
    op.add_column("comics", sa.Column("previous_fingerprint", sa.LargeBinary(), nullable=True))
    op.add_column("comics", sa.Column("sources", sa.Text(), nullable=True))
    op.add_column("comics", sa.Column("store_date", sa.Text(), nullable=True))
    op.add_column("comics", sa.Column("external_ids", sa.Text(), nullable=True))
    op.add_column("comics", sa.Column("prices", sa.Text(), nullable=True))
    # The full text learns names of characters, teams, arcs and publishers.
    op.execute("ALTER TABLE comic_search RENAME TO comic_search_before")
    op.execute(SEARCH_TABLES[0])
    op.execute(
        "INSERT INTO comic_search (rowid, series, title, number, people) "
        "SELECT rowid, series, title, number, people FROM comic_search_before"
    )
    op.execute("DROP TABLE comic_search_before")
    op.add_column(
        "series",
        sa.Column("year_from_name", sa.Boolean(), server_default=sa.text("0"), nullable=False),
    )
    op.execute("UPDATE series SET year_from_name = 1 WHERE name LIKE '%(' || year || '%'")
    op.add_column(
        "libraries",
        sa.Column("loose_folders", sa.Boolean(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column(
        "series",
        sa.Column(
            "cover_artwork_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
    )
    for table in ("comics", "series"):
        op.add_column(
            table,
            sa.Column("cover_chosen", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        )
        op.create_index(
            f"ix_{table}_cover_artwork_id",
            table,
            ["cover_artwork_id"],
            unique=False,
            sqlite_where=sa.text("cover_artwork_id IS NOT NULL"),
            postgresql_where=sa.text("cover_artwork_id IS NOT NULL"),
        )
    op.add_column("libraries", sa.Column("removed_at", sa.Float(), nullable=True))
    op.add_column(
        "libraries",
        sa.Column(
            "settled_comic_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="0",
            nullable=False,
        ),
    )
    op.execute("UPDATE libraries SET settled_comic_id = coalesce((SELECT max(id) FROM comics), 0)")
    op.create_index("ix_comics_added_job_id_id", "comics", ["added_job_id", "id"], unique=False)
    op.create_index(
        "ix_comics_unsettled",
        "comics",
        ["library_id", "id"],
        unique=False,
        sqlite_where=sa.text("previous_fingerprint IS NOT NULL"),
        postgresql_where=sa.text("previous_fingerprint IS NOT NULL"),
    )
    op.add_column(
        "job_changes",
        sa.Column(
            "left_series_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
    )
    op.add_column("scan_jobs", sa.Column("held_reason", sa.Text(), nullable=True))
    op.add_column(
        "scan_jobs",
        sa.Column("held_comics", sa.Integer(), server_default="0", nullable=False),
    )
    op.create_table(
        "job_losses",
        *(
            sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)
            for name in ("job_id", "series_id", "comic_id")
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["scan_jobs.id"], name=op.f("fk_job_losses_job_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_job_losses_series_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["comic_id"], ["comics.id"], name=op.f("fk_job_losses_comic_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "series_id", "comic_id", name=op.f("pk_job_losses")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_job_losses_series_id"), "job_losses", ["series_id"], unique=False)
    op.create_index(op.f("ix_job_losses_comic_id"), "job_losses", ["comic_id"], unique=False)
    op.create_table(
        "purges",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("purged", sa.Integer(), server_default="0", nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("completed_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purges")),
    )
    op.create_index(
        "ix_comics_trash",
        "comics",
        ["series_id", "sort_key", "id", "missing_since", "size"],
        unique=False,
        sqlite_where=sa.text("state = 'missing'"),
        postgresql_where=sa.text("state = 'missing'"),
    )
    op.create_table(
        "surveys",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("requested_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("started_at", sa.Float(), nullable=True),
        sa.Column("completed_at", sa.Float(), nullable=True),
        sa.Column("comics", sa.Integer(), server_default="0", nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surveys")),
    )
    op.create_table(
        "duplicate_groups",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "survey_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("comics", sa.Integer(), nullable=False),
        sa.Column("spare", sa.BigInteger(), nullable=False),
        sa.Column("is_dismissed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"],
            ["surveys.id"],
            name=op.f("fk_duplicate_groups_survey_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_groups")),
    )
    op.create_index(
        "ix_duplicate_groups_listing",
        "duplicate_groups",
        ["survey_id", "kind", "is_dismissed", "spare", "id"],
        unique=False,
    )
    for table, number in (("duplicate_copies", "group_id"), ("not_duplicates", "number")):
        op.create_table(
            table,
            *(
                sa.Column(
                    name,
                    sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
                    autoincrement=False,
                    nullable=False,
                )
                for name in (number, "comic_id")
            ),
            sa.ForeignKeyConstraint(
                ["comic_id"],
                ["comics.id"],
                name=op.f(f"fk_{table}_comic_id"),
                ondelete="CASCADE",
            ),
            *(
                [
                    sa.ForeignKeyConstraint(
                        ["group_id"],
                        ["duplicate_groups.id"],
                        name=op.f("fk_duplicate_copies_group_id"),
                        ondelete="CASCADE",
                    )
                ]
                if number == "group_id"
                else []
            ),
            sa.PrimaryKeyConstraint(number, "comic_id", name=op.f(f"pk_{table}")),
            sqlite_with_rowid=False,
        )
        op.create_index(op.f(f"ix_{table}_comic_id"), table, ["comic_id"], unique=False)
    op.create_table(
        "shared_pages",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "survey_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("sum", sa.LargeBinary(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("comics", "series", "first", "last")
        ),
        sa.Column("examples", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"],
            ["surveys.id"],
            name=op.f("fk_shared_pages_survey_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_pages")),
        sa.UniqueConstraint("survey_id", "sum", name=op.f("uq_shared_pages_survey_id_sum")),
    )
    op.create_index(
        "ix_shared_pages_listing", "shared_pages", ["survey_id", "comics", "id"], unique=False
    )
    op.create_table(
        "hidden_pages",
        sa.Column("sum", sa.LargeBinary(), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), nullable=False),
        sa.Column("is_settled", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("sum", name=op.f("pk_hidden_pages")),
    )
    op.execute("UPDATE comics SET index_state = 'pending' WHERE index_state = 'done'")
