"""How a scan's progress is told: sentences for people, JSON for programs.

The page, the API and the command line all take their words from here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from db import held, scan_options
from db.changes import Changed
from db.errors import ItemError
from db.progress import STALLED_SECONDS, PhaseProgress, PhaseStatus, Progress, still_told
from db.states import Change, ErrorClass, JobStatus, PauseReason, Phase, ScanKind
from db.times import iso, now

WORKED_SHARE = 0.8  # of the time: less work than that is worth saying, but for
SETTLING_SECONDS = 10.0
WAITED_SECONDS = 15.0  # so long in the queue is worth an explanation

PHASE_LABELS: dict[Phase, str] = {
    Phase.DISCOVER: "Discover",
    Phase.INDEX: "Index",
    Phase.THUMBNAIL: "Covers",
}
DRY_RUN_CHANGES = (Change.NEW, Change.UPDATED, Change.MOVED, Change.BACK, Change.MISSING)
KIND_LABELS: dict[ScanKind, str] = {
    ScanKind.QUICK: "Quick scan",
    ScanKind.FULL: "Full scan",
    ScanKind.METADATA: "Metadata scan",
    ScanKind.COVERS: "Covers scan",
}


def what(job: Progress) -> str:
    """What kind of scan a job is: `Quick scan`, `Scan of Marvel/Saga and 2 other folders`."""
    if job.folder is None:
        return KIND_LABELS[job.kind]
    others = f" and {count(job.folders - 1, 'other folder')}" if job.folders > 1 else ""
    return f"Scan of {job.folder}{others}"


def told(job: Progress) -> str:
    """As `what`, with all that is out of the ordinary in its options."""
    return ", ".join([what(job), *scan_options.in_words(job.options)])


def sentence(job: Progress) -> str:
    """What the job is doing, how it ended, or what it asks."""
    return _SENTENCES[job.status](job)


def note(job: Progress) -> str:
    """What else a person wants to know meanwhile; often nothing."""
    if job.status is JobStatus.HELD:
        return "It goes on by itself when the files are back."
    if job.status is JobStatus.FAILED:
        return "What was done stays; a retry goes on from there."
    if job.status is not JobStatus.RUNNING:
        return ""
    silent = now() - job.updated_at
    if silent > STALLED_SECONDS:
        last = f" The last file it came to: {job.current}." if job.current else ""
        return f"Nothing has moved for {duration(silent)}.{last}"
    if job.phase is Phase.INDEX:
        return "Your library is ready; details are still being filled in."
    if job.phase is Phase.THUMBNAIL:
        return "Your library is ready; covers are still being drawn."
    return ""


def job_json(job: Progress) -> dict[str, Any]:
    """A job as `/api/scan/status` has it: numbers, phases, and the words for them."""
    return {
        "id": job.id,
        "library": job.library,
        "kind": job.kind,
        "options": scan_options.as_said(job.options),
        "folder": job.folder,
        "folders": job.folders,
        "status": job.status,
        "phase": job.phase,
        "percent": job.percent,
        "eta_seconds": job.eta_seconds,
        "elapsed_seconds": None if job.elapsed is None else round(job.elapsed, 1),
        "worked_seconds": round(job.worked, 1),
        "current": job.current,
        "errors": job.errors,
        "found": job.found,
        "new": job.new,
        "updated": job.updated,
        "moved": job.moved,
        "missing": job.missing,
        "back": job.back,
        "held": _held_json(job),
        "paused": job.pause_reason,
        "priority": job.priority.word,
        "sentence": sentence(job),
        "note": note(job),
        "requested_by": job.requested_by,
        "created_at": iso(job.created_at),
        "started_at": iso(job.started_at),
        "completed_at": iso(job.completed_at),
        "phases": [_phase_json(phase) for phase in job.phases],
    }


def status_json(job: Progress | None) -> dict[str, Any]:
    """The whole answer of `/api/scan/status` about a job, or about there being none."""
    if job is None:
        return {
            "active": False,
            "status": "idle",
            "total": 0,
            "processed": 0,
            "started_at": None,
            "completed_at": None,
            "job": None,
        }
    return {
        "active": job.status.active,
        "status": job.status if still_told(job) else "idle",
        "total": job.here.total,
        "processed": job.here.processed,
        "started_at": iso(job.started_at),
        "completed_at": iso(job.completed_at),
        "job": job_json(job),
    }


def changed_json(one: Changed) -> dict[str, Any]:
    """A comic that a scan changed; `path` is below its library."""
    return {
        "id": one.comic_id,
        "path": one.path,
        "series": {"id": one.series_id, "name": one.series},
        "missing": one.is_missing,
        "detail": one.detail,
    }


def dry_run_heading(result: dict[str, Any]) -> str:
    """What a dry run of one library came to, in short; `result` is as for `dry_run_sentence`."""
    many = sum(result[change] for change in DRY_RUN_CHANGES)
    if result["held"]:
        gone = count(result[Change.MISSING], "comic")
        return f"A scan would ask before it marks {gone} missing"
    return f"A scan would change {count(many, 'comic')}" if many else "Nothing has changed"


def dry_run_sentence(result: dict[str, Any]) -> str:
    """What a dry run of one library came to; `result` is as `stages/dry_run.py` tells it."""
    found = [change_words(change, result[change]) for change in DRY_RUN_CHANGES if result[change]]
    would = ", ".join(found) or "nothing has changed"
    opened = f"; {count(result['read'], 'comic')} would be opened" if result["read"] else ""
    return f"{result['library']}: {would}{opened}."


def change_words(change: Change, many: int) -> str:
    """`3 comics moved`"""
    words = {
        Change.NEW: "new",
        Change.UPDATED: "changed",
        Change.MOVED: "moved",
        Change.MISSING: "missing",
        Change.BACK: "back again",
        Change.AMBIGUOUS: "not known again",
    }
    return f"{count(many, 'comic')} {words[change]}"


def error_json(error: ItemError) -> dict[str, Any]:
    """A failed file or folder; `path` is below its library."""
    return {
        "id": error.id,
        "job_id": error.job_id,
        "phase": error.phase,
        "comic_id": error.comic_id,
        "path": error.display_path,
        "error": error.error_class,
        "message": error.message,
        "advice": error.advice,
        "attempts": error.attempts,
        "first_seen_at": iso(error.first_seen_at),
        "last_seen_at": iso(error.last_seen_at),
    }


def phase_words(phase: PhaseProgress) -> str:
    """How far a phase is, in few words: `24,012 of 60,000`."""
    if phase.status is PhaseStatus.SKIPPED:
        return "nothing to do"
    if phase.status is PhaseStatus.WAITING:
        return "waiting"
    if phase.status is PhaseStatus.FAILED and not phase.processed:
        return "failed"
    if phase.total > phase.processed:
        return f"{phase.processed:,} of {phase.total:,}"
    return f"{phase.processed:,}"


def error_label(error_class: ErrorClass) -> str:
    """`no pages`"""
    return error_class.replace("_", " ")


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 comic`, `60,000 comics`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def names(people: Sequence[str]) -> str:
    """`Ada`, `Ada and Rita`, `Ada, Rita and 2 others`."""
    shown = list(people[:2])
    if others := len(people) - len(shown):
        shown.append(count(others, "other"))
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if shown[1:] else shown)


def size(many_bytes: float) -> str:
    """`30.0 MB`"""
    if many_bytes < 1000:
        return f"{many_bytes:.0f} bytes"
    for unit in ("kB", "MB"):
        many_bytes /= 1000
        if many_bytes < 1000:
            return f"{many_bytes:.1f} {unit}"
    return f"{many_bytes / 1000:.2f} GB"


def duration(seconds: float) -> str:
    """A length of time as one would say it: `a moment`, `19 seconds`, `2 minutes`, `3 hours`."""
    if seconds < 1.5:
        return "a moment"
    if seconds < 100:
        return count(round(seconds), "second")
    if seconds < 100 * 60:
        return count(round(seconds / 60), "minute")
    if seconds < 48 * 3600:
        return count(round(seconds / 3600), "hour")
    return count(round(seconds / 86_400), "day")


def ago(moment: float) -> str:
    """How long ago a moment was: `just now`, `3 hours ago`."""
    passed = now() - moment
    return "just now" if passed < 10 else f"{duration(passed)} ago"


def clock(seconds: float) -> str:
    """A length of time to compare with others: `0.04 s`, `9.6 s`, `4 min 12 s`, `2 h 5 min`."""
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60:,} h {minutes % 60} min"


def remaining(phase: PhaseProgress) -> str:
    """`about 3 minutes left (2 to 5 minutes)`; empty while it cannot be told."""
    if phase.eta_seconds is None:
        return ""
    words = f"about {duration(phase.eta_seconds)} left"
    if phase.eta_low_seconds is None or phase.eta_high_seconds is None:
        return words
    low, high = duration(phase.eta_low_seconds), duration(phase.eta_high_seconds)
    return words if low == high else f"{words} ({_from_to(low, high)})"


def phase_pace(phase: PhaseProgress) -> str:
    """How fast a phase is and how long it takes: `190 a second, about 3 minutes left, 12 s so
    far`, or `1,900 a second, took 31 s`."""
    told = [] if phase.rate is None else [speed(phase.rate)]
    if phase.status is PhaseStatus.RUNNING:
        told += [remaining(phase), f"{clock(phase.elapsed or 0)} so far"]
    elif phase.elapsed is not None and phase.status is not PhaseStatus.SKIPPED:
        ended = phase.completed_at is not None
        told.append(f"{'took' if ended else 'worked for'} {clock(phase.elapsed)}")
    return ", ".join(one for one in told if one)


def elapsed_words(job: Progress) -> str:
    """How long a job has taken: `took 4 min 12 s`, or `12 s of work over 9 min 3 s so far` if
    there were long breaks in it, or a retry much later."""
    seconds = job.elapsed or 0.0
    words = clock(seconds)
    if job.worked < WORKED_SHARE * seconds - SETTLING_SECONDS:
        words = f"{clock(job.worked)} of work over {words}"
    return f"{words} so far" if job.status.active else f"took {words}"


def shards_words(running: int, waiting: int) -> str:
    """`2 shards, 3 more wait`"""
    words = count(running, "shard")
    return f"{words}, {waiting:,} more {'waits' if waiting == 1 else 'wait'}" if waiting else words


def speed(rate: float) -> str:
    """A rate (items a second) in a unit that leaves a number one can imagine."""
    if rate >= 100:
        return f"{round(rate, -2 if rate >= 1000 else -1):,.0f} a second"
    if rate >= 1.5:
        return f"{rate:,.0f} a second"
    return f"{max(rate * 60, 1):,.0f} a minute"


def _held_json(job: Progress) -> dict[str, Any] | None:
    if job.held_reason is None:
        return None
    return {
        "reason": job.held_reason,
        "comics": job.held_comics,
        "can_confirm": job.held_reason.can_be_confirmed,
    }


def _phase_json(phase: PhaseProgress) -> dict[str, Any]:
    return {
        "name": phase.name,
        "label": PHASE_LABELS[phase.name],
        "words": phase_words(phase),
        "status": phase.status,
        "total": phase.total,
        "done": phase.done,
        "failed": phase.failed,
        "rate": None if phase.rate is None else round(phase.rate, 2),
        "eta_seconds": phase.eta_seconds,
        "eta_low_seconds": phase.eta_low_seconds,
        "eta_high_seconds": phase.eta_high_seconds,
        "elapsed_seconds": None if phase.elapsed is None else round(phase.elapsed, 1),
        "started_at": iso(phase.started_at),
        "completed_at": iso(phase.completed_at),
    }


def _queued(job: Progress) -> str:
    waited = now() - job.created_at
    if waited < WAITED_SECONDS:
        return "Waiting to start"
    return (
        f"Waiting to start for {duration(waited)}: other scans are before it, or no worker is "
        "running (honcho start starts one)"
    )


def _running(job: Progress) -> str:
    here = job.here
    if job.phase is Phase.DISCOVER and not here.total:
        if not here.done:
            return "Looking for comics"
        return f"Looking for comics: {count(here.done, 'comic')} found so far"
    doing, things = {
        Phase.DISCOVER: ("Looking through", "comic"),
        Phase.INDEX: ("Reading", "comic"),
        Phase.THUMBNAIL: ("Drawing", "cover"),
    }[job.phase]
    return ", ".join([f"{doing} {here.processed:,} of {count(here.total, things)}", *_pace(here)])


def _from_to(low: str, high: str) -> str:
    """`2 to 5 minutes`, `95 seconds to 3 minutes`"""
    number, _, unit = low.partition(" ")
    return f"{number if high.endswith(f' {unit}') else low} to {high}"


def _pace(phase: PhaseProgress) -> list[str]:
    pace = [] if phase.rate is None else [speed(phase.rate)]
    if phase.eta_seconds is not None:
        pace.append(f"about {duration(phase.eta_seconds)} left")
    return pace


def _completed(job: Progress) -> str:
    changes = [
        f"{number:,} {word}"
        for number, word in (
            (job.new, "new"),
            (job.updated, "changed"),
            (job.moved, "moved"),
            (job.missing, "missing"),
            (job.back, "back again"),
        )
        if number
    ]
    found = count(job.found, "comic")
    if job.found and job.new == job.found:
        told = f"{found}, all new"
    else:
        told = f"{found}: {', '.join(changes)}" if changes else f"{found}, nothing has changed"
    if job.errors:
        told += f"; {count(job.errors, 'file or folder needs', 'files or folders need')} a look"
    return told


def _cancelled(job: Progress) -> str:
    if job.last_error == held.DISCARDED:
        return job.last_error
    return "Cancelled; what was done until then stays"


PAUSES: dict[PauseReason, str] = {
    PauseReason.PERSON: "Paused; it goes on where it was",
    PauseReason.QUIET_HOURS: "Paused for the quiet hours; it goes on by itself when they are over",
}

_SENTENCES: dict[JobStatus, Callable[[Progress], str]] = {
    JobStatus.QUEUED: _queued,
    JobStatus.RUNNING: _running,
    JobStatus.PAUSED: lambda job: PAUSES[job.pause_reason or PauseReason.PERSON],
    JobStatus.HELD: lambda job: job.last_error or "This scan waits for an administrator's word",
    JobStatus.COMPLETED: _completed,
    JobStatus.FAILED: lambda job: job.last_error or "The scan could not be finished",
    JobStatus.CANCELLED: _cancelled,
}
