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
    op.add_column(
        "libraries", sa.Column("scan_options", sa.Text(), server_default="{}", nullable=False)
    )
    op.create_table(
        "scan_profiles",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scan_profiles"),
        sa.UniqueConstraint("name", name="uq_scan_profiles_name"),
    )
    _seen()
    _when()
    _history()


def _seen() -> None:
    """What the progress pages are made of."""
    op.add_column("users", sa.Column("notice_seen_id", Id, server_default="0", nullable=False))
    op.create_table(
        "job_samples",
        sa.Column("job_id", Id, nullable=False, autoincrement=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("processed", sa.Integer(), nullable=False),
        sa.Column("worked", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["scan_jobs.id"], "fk_job_samples_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "phase", "number", name="pk_job_samples"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "job_slowest",
        sa.Column("job_id", Id, nullable=False, autoincrement=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("is_folder", sa.Boolean(), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["scan_jobs.id"], "fk_job_slowest_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "phase", "is_folder", "path", name="pk_job_slowest"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "job_log",
        sa.Column("id", Id, nullable=False),
        sa.Column("job_id", Id, nullable=False),
        sa.Column("shard_id", Id, nullable=True),
        sa.Column("phase", sa.Text(), nullable=True),
        sa.Column("path", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["scan_jobs.id"], "fk_job_log_job_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["shard_id"], ["shards.id"], "fk_job_log_shard_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_job_log"),
    )
    op.create_index("ix_job_log_job_id_id", "job_log", ["job_id", "id"])
    op.create_index("ix_job_log_shard_id", "job_log", ["shard_id"])
    op.create_table(
        "notices",
        sa.Column("id", Id, nullable=False),
        sa.Column("library_id", Id, nullable=False),
        sa.Column("job_id", Id, nullable=False),
        sa.Column("comics", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["library_id"], ["libraries.id"], "fk_notices_library_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notices_library_id", "notices", ["library_id"])


def _when() -> None:
    """Scans by the clock, quiet hours, and libraries that are watched."""
    for column in (
        sa.Column("stamps_doubt", sa.Text(), nullable=True),
        sa.Column("quiet_hours", sa.Text(), nullable=True),
        sa.Column("watch", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("watch_mode", sa.Text(), nullable=True),
        sa.Column("watch_reason", sa.Text(), nullable=True),
    ):
        op.add_column("libraries", column)
    op.create_table(
        "schedules",
        sa.Column("library_id", Id, nullable=False, autoincrement=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("next_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["library_id"], ["libraries.id"], "fk_schedules_library_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("library_id", "kind", name="pk_schedules"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_schedules_next_at", "schedules", ["next_at"])


def _history() -> None:
    """What is kept of jobs that were pruned, and who is told how jobs end."""
    op.create_table(
        "job_summaries",
        sa.Column("id", Id, nullable=False),
        sa.Column("library_id", Id, nullable=False),
        sa.Column("job_id", Id, nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["library_id"], ["libraries.id"], "fk_job_summaries_library_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_job_summaries"),
        sa.UniqueConstraint(
            "library_id", "created_at", name="uq_job_summaries_library_id_created_at"
        ),
    )
    op.create_index("ix_job_summaries_created_at", "job_summaries", ["created_at"])
    op.create_table(
        "webhooks",
        sa.Column("id", Id, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
        sa.UniqueConstraint("url", name="uq_webhooks_url"),
    )
    op.create_table(
        "webhook_messages",
        sa.Column("id", Id, nullable=False),
        sa.Column("webhook_id", Id, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.Float(), nullable=True),
        sa.Column("tried_at", sa.Float(), nullable=True),
        sa.Column("arrived_at", sa.Float(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], "fk_webhook_messages_webhook_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_messages"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_webhook_messages_webhook_id_id", "webhook_messages", ["webhook_id", "id"])
    op.create_index("ix_webhook_messages_due_at", "webhook_messages", ["due_at"])
