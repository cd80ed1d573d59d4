"""Which comics were read through, page by page, and found whole."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("comics", sa.Column("checked_version", sa.BigInteger(), nullable=True))
