"""Jobs that can be paused, ranked and sent to single folders; tokens for programs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for column in (
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column("paused_at", sa.Float(), nullable=True),
        sa.Column("resumed_at", sa.Float(), nullable=True),
    ):
        op.add_column("scan_jobs", column)
    op.create_table(
        "job_folders",
        sa.Column("job_id", Id, nullable=False, autoincrement=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("shard_id", Id, nullable=True),
        sa.Column("walked_at", sa.Float(), nullable=True),
        sa.Column("requested_by", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["scan_jobs.id"], "fk_job_folders_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "path", name="pk_job_folders"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("last_used_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], "fk_api_tokens_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_api_tokens_token_hash"),
        sa.UniqueConstraint("user_id", "name", name="uq_api_tokens_user_id_name"),
    )
