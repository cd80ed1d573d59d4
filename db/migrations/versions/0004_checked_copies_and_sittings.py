"""Which comics were read through, page by page, and found whole; sittings with purged comics have
names of their own, so that each can be written down and found again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("comics", sa.Column("checked_version", sa.BigInteger(), nullable=True))
    op.execute("UPDATE reading_sessions SET session = session || ' ' || id WHERE comic_id IS NULL")
    op.create_index(
        "uq_reading_sessions_of_purged",
        "reading_sessions",
        ["user_id", "session"],
        unique=True,
        sqlite_where=sa.text("comic_id IS NULL"),
        postgresql_where=sa.text("comic_id IS NULL"),
    )
