"""How the parts of a job are told in JSON: its shards, its log, what was slow; notices and needs.

The job itself is told by `db/report.py`.
"""

from __future__ import annotations

from typing import Any

from db.job_log import Line
from db.needs import Need
from db.notices import Notice
from db.report import count
from db.shard_progress import ShardProgress
from db.slowest import Slowest
from db.times import iso


def shard_json(shard: ShardProgress) -> dict[str, Any]:
    """A slice of a phase; `current` is the path in hand, where it can be told."""
    return {
        "id": shard.id,
        "phase": shard.phase,
        "number": shard.number,
        "status": shard.status,
        "attempt": shard.attempt,
        "worker": shard.worker,
        "host": shard.host,
        "total": shard.total,
        "done": shard.done,
        "failed": shard.failed,
        "current": shard.current,
        "message": shard.message,
        "heartbeat_at": iso(shard.heartbeat_at),
        "started_at": iso(shard.started_at),
        "completed_at": iso(shard.completed_at),
    }


def line_json(line: Line) -> dict[str, Any]:
    """A line of a job's log; `path` is below its library."""
    return {
        "id": line.id,
        "at": iso(line.at),
        "level": line.level,
        "phase": line.phase,
        "shard": line.shard_id,
        "path": line.display_path or None,
        "message": line.message,
    }


def slow_json(one: Slowest) -> dict[str, Any]:
    """A file or folder that took long; `path` is below its library."""
    return {
        "phase": one.phase,
        "path": one.path,
        "seconds": round(one.seconds, 3),
        "files": one.files,
        "comic_id": one.comic_id,
    }


def need_json(need: Need) -> dict[str, Any]:
    return {
        "kind": need.kind,
        "job": need.job_id,
        "library": need.library,
        "sentence": need.sentence,
    }


def notice_json(notice: Notice) -> dict[str, Any]:
    return {"id": notice.id, "library": notice.library, "sentence": notice_words(notice)}


def notice_words(notice: Notice) -> str:
    """`Your library is ready: 60,000 comics. Details and covers are still being filled in.`"""
    words = f"Your library is ready: {count(notice.comics, 'comic')}."
    return f"{words} Details and covers are still being filled in." if notice.is_going_on else words
