"""The tables, as SQLAlchemy Core sees them; `db/migrations` makes them.

Everybody imports them from here: which module a table stands in concerns only who changes it.
Moments are epoch seconds (UTC). The closed lists that the text columns speak in are in
`db/states.py`; the full-text tables, which are the dialect's own, in `db/dialect.py`.
"""

from __future__ import annotations

from db.schema.accounts import api_tokens, sessions, setup_links, sign_in_failures, users
from db.schema.base import Id, metadata
from db.schema.catalogue import (
    artwork,
    artwork_files,
    comic_credits,
    comic_pages,
    comic_tags,
    comics,
    folders,
    libraries,
    people,
    publishers,
    series,
    tags,
)
from db.schema.duplicates import (
    duplicate_copies,
    duplicate_groups,
    hidden_pages,
    not_duplicates,
    shared_pages,
    surveys,
)
from db.schema.jobs import (
    job_changes,
    job_errors,
    job_folders,
    job_log,
    job_losses,
    job_samples,
    job_slowest,
    job_summaries,
    purges,
    scan_jobs,
    scan_profiles,
    schedules,
    shards,
)
from db.schema.reading import (
    bookmarks,
    comic_marks,
    page_notes,
    preferences,
    reader_settings,
    reading_awaited,
    reading_journal,
    reading_list_items,
    reading_lists,
    reading_progress,
    reading_sessions,
    series_marks,
)
from db.schema.server import notices, settings, webhook_messages, webhooks

SCHEMA_VERSION = "0005"  # the newest migration, which `longbox init` brings a database to

__all__ = [
    "SCHEMA_VERSION",
    "Id",
    "api_tokens",
    "artwork",
    "artwork_files",
    "bookmarks",
    "comic_credits",
    "comic_marks",
    "comic_pages",
    "comic_tags",
    "comics",
    "duplicate_copies",
    "duplicate_groups",
    "folders",
    "hidden_pages",
    "job_changes",
    "job_errors",
    "job_folders",
    "job_log",
    "job_losses",
    "job_samples",
    "job_slowest",
    "job_summaries",
    "libraries",
    "metadata",
    "not_duplicates",
    "notices",
    "page_notes",
    "people",
    "preferences",
    "publishers",
    "purges",
    "reader_settings",
    "reading_awaited",
    "reading_journal",
    "reading_list_items",
    "reading_lists",
    "reading_progress",
    "reading_sessions",
    "scan_jobs",
    "scan_profiles",
    "schedules",
    "series",
    "series_marks",
    "sessions",
    "settings",
    "setup_links",
    "shards",
    "shared_pages",
    "sign_in_failures",
    "surveys",
    "tags",
    "users",
    "webhook_messages",
    "webhooks",
]
