"""The tables of the pipeline's work: scans, when and how they begin, their shards and what comes of
them, and purges. What looks for duplicates has tables of its own, in `db.schema.duplicates`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from db.schema.base import Id, counter, id_column, metadata, to, where
from db.states import JobStatus, Phase, ShardStatus

schedules = Table(  # the scans that begin by the clock, one of a kind for each library
    "schedules",
    metadata,
    Column("library_id", Id, to("libraries"), primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("rule", Text, nullable=False),  # "daily 03:00", or five fields as cron has them
    Column("next_at", Float, nullable=False, index=True),
    sqlite_with_rowid=False,
)


def _phase_columns() -> list[Column[Any]]:
    return [
        column
        for phase in Phase
        for column in (
            counter(f"{phase}_total"),
            counter(f"{phase}_done"),
            counter(f"{phase}_failed"),
            Column(f"{phase}_started_at", Float),
            Column(f"{phase}_completed_at", Float),
        )
    ]


scan_jobs = Table(
    "scan_jobs",
    metadata,
    id_column(),
    Column("library_id", Id, to("libraries"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("options", Text, nullable=False, server_default="{}"),  # JSON
    Column("status", Text, nullable=False),
    Column("phase", Text, nullable=False),
    *_phase_columns(),
    counter("folders_found"),
    counter("folders_ignored"),
    counter("comics_found"),
    counter("comics_ignored"),
    counter("comics_new"),
    counter("comics_updated"),
    counter("comics_moved"),
    counter("comics_missing"),
    counter("comics_back"),
    counter("errors_count"),
    Column("last_error", Text),
    Column("held_reason", Text),  # while it is held; what would go missing is in job_losses
    counter("held_comics"),
    Column("pause_reason", Text),  # while it is paused
    Column("paused_at", Float),  # the last time
    Column("resumed_at", Float),  # the last time that a person did
    Column("priority", Integer, nullable=False, server_default="0"),  # the highest goes first
    Column("current_operation", Text),
    Column("requested_by", Text),
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("updated_at", Float, nullable=False),
    Column("completed_at", Float),
    Index(
        "uq_scan_jobs_one_per_library",
        "library_id",
        unique=True,
        **where(
            f"status IN ('{JobStatus.QUEUED}', '{JobStatus.RUNNING}', "
            f"'{JobStatus.PAUSED}', '{JobStatus.HELD}')"
        ),
    ),
    sqlite_autoincrement=True,  # comics name the job that added them, also when it is deleted
)

scan_profiles = Table(  # options for scans under a name
    "scan_profiles",
    metadata,
    id_column(),
    Column("name", Text, nullable=False, unique=True),
    Column("options", Text, nullable=False),  # JSON
)

job_folders = Table(  # what discover is to walk; a job without rows walks the whole library
    "job_folders",
    metadata,
    Column("job_id", Id, to("scan_jobs"), primary_key=True, autoincrement=False),
    Column("path", LargeBinary, primary_key=True),  # below the library; b"" is all of it
    Column("shard_id", Id),  # of the discovery that has it in hand
    Column("walked_at", Float),
    Column("requested_by", Text),
    Column("requested_at", Float, nullable=False),
    sqlite_with_rowid=False,
)

shards = Table(
    "shards",
    metadata,
    id_column(),
    Column("job_id", Id, to("scan_jobs"), nullable=False),
    Column("phase", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("first_id", BigInteger),  # the slice of comic ids, both ends included
    Column("last_id", BigInteger),
    Column("status", Text, nullable=False, server_default=ShardStatus.QUEUED),
    Column("fence", Text),  # known to the one process that may write for this shard
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("strikes", Integer, nullable=False, server_default="0"),  # deaths without progress
    Column("suspect", LargeBinary),  # the path that was open when a stage died
    Column("worker", Text),
    Column("host", Text),
    Column("pid", Integer),
    Column("heartbeat_at", Float),
    counter("total"),
    counter("done"),
    counter("failed"),
    Column("exit_code", Integer),
    Column("message", Text),
    Column("started_at", Float),
    Column("completed_at", Float),
    UniqueConstraint("job_id", "phase", "number"),
    Index(
        "ix_shards_open",
        "status",
        **where(f"status IN ('{ShardStatus.QUEUED}', '{ShardStatus.RUNNING}')"),
    ),
    sqlite_autoincrement=True,  # files and bells name a shard, also when its job is deleted
)

job_errors = Table(
    "job_errors",
    metadata,
    id_column(),
    Column("job_id", Id, to("scan_jobs"), nullable=False, index=True),
    Column("library_id", Id, to("libraries"), nullable=False),
    Column("phase", Text, nullable=False),
    Column("comic_id", Id, to("comics"), index=True),
    Column("path", LargeBinary, nullable=False),  # below the library
    Column("error_class", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="1"),
    Column("first_seen_at", Float, nullable=False),
    Column("last_seen_at", Float, nullable=False),
    Column("resolved_at", Float),
    Index(
        "uq_job_errors_open",
        "library_id",
        "phase",
        "path",
        unique=True,
        **where("resolved_at IS NULL"),
    ),
)

job_samples = Table(  # how far a phase was, now and then: what rates are made of
    "job_samples",
    metadata,
    Column("job_id", Id, to("scan_jobs"), primary_key=True, autoincrement=False),
    Column("phase", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("processed", Integer, nullable=False),  # done and failed
    Column("worked", Float, nullable=False),  # seconds of the phase in which somebody was at it
    sqlite_with_rowid=False,
)

job_slowest = Table(  # the files and folders of a phase that took longest
    "job_slowest",
    metadata,
    Column("job_id", Id, to("scan_jobs"), primary_key=True, autoincrement=False),
    Column("phase", Text, primary_key=True),
    Column("is_folder", Boolean, primary_key=True),
    Column("path", LargeBinary, primary_key=True),  # below the library
    Column("seconds", Float, nullable=False),
    Column("files", Integer, nullable=False),  # that the time went to
    sqlite_with_rowid=False,
)

job_log = Table(  # what happened to a job, and what its stages had to say
    "job_log",
    metadata,
    id_column(),
    Column("job_id", Id, to("scan_jobs"), nullable=False),
    Column("shard_id", Id, to("shards")),
    Column("phase", Text),
    Column("path", LargeBinary),  # below the library: what was in hand
    Column("at", Float, nullable=False),
    Column("level", Text, nullable=False),  # a LogLevel
    Column("message", Text, nullable=False),
    Index("ix_job_log_job_id_id", "job_id", "id"),
    Index("ix_job_log_shard_id", "shard_id"),
)

job_summaries = Table(  # what is left of jobs that were pruned, and of those of another Longbox
    "job_summaries",
    metadata,
    id_column(),
    Column("library_id", Id, to("libraries"), nullable=False),
    Column("job_id", Id, nullable=False),  # no foreign key: the job is gone
    Column("created_at", Float, nullable=False),
    Column("summary", Text, nullable=False),  # JSON, see db/job_history.py
    UniqueConstraint("library_id", "created_at"),
    Index("ix_job_summaries_created_at", "created_at"),
)

job_changes = Table(
    "job_changes",
    metadata,
    id_column(),
    Column("job_id", Id, to("scan_jobs"), nullable=False, index=True),
    Column("comic_id", Id, to("comics"), nullable=False, index=True),
    Column("change", Text, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Column("left_series_id", Id),  # that a moved comic left, until it is known if it moved as well
)

job_losses = Table(  # the comics a held job would mark missing; once it is confirmed, those it may
    "job_losses",
    metadata,
    Column("job_id", Id, to("scan_jobs"), primary_key=True),
    Column("series_id", Id, to("series"), primary_key=True, index=True),
    Column("comic_id", Id, to("comics"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

purges = Table(  # a wish that missing comics be forgotten; the worker does what is not done at once
    "purges",
    metadata,
    id_column(),
    Column("choice", Text, nullable=False),  # JSON: which comics, see db/trash.py
    Column("total", Integer, nullable=False),  # as many as there were when it was asked for
    Column("purged", Integer, nullable=False, server_default="0"),
    Column("requested_by", Text),
    Column("created_at", Float, nullable=False),
    Column("completed_at", Float),
)
