"""The one way in which a job's status changes: along the arrows of `db.states.TRANSITIONS`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, update

from db import job_log, webhooks
from db.schema import scan_jobs
from db.states import TRANSITIONS, JobStatus
from db.times import now


class JobError(ValueError):
    """Something cannot be done to a job; the message is the sentence for the user."""


class JobStateForbids(JobError):
    """The job's status does not allow what was asked."""


_SAID = {
    JobStatus.QUEUED: "Queued again",
    JobStatus.RUNNING: "It goes on",
    JobStatus.PAUSED: "Paused",
    JobStatus.HELD: "It waits for an answer",
    JobStatus.COMPLETED: "Completed",
    JobStatus.FAILED: "It could not go on",
    JobStatus.CANCELLED: "Cancelled",
}


def move_to(
    connection: Connection, job_id: int, status: JobStatus, *, said: str = "", **values: Any
) -> None:
    """Change a job's status along the arrows of the state machine, and its moments with it; in its
    log stands what is `said` of that, else the usual words.

    Raises JobStateForbids when the job is where no arrow leads from.
    """
    moment = now()
    sources = [source for source, targets in TRANSITIONS.items() if status in targets]
    values |= {"status": status, "updated_at": moment}
    values["completed_at"] = None if status.active else moment
    if not status.active:
        values["current_operation"] = None
    if status is not JobStatus.HELD:
        values |= {"held_reason": None, "held_comics": 0}
    if status is not JobStatus.PAUSED:
        values["pause_reason"] = None
    changed = connection.execute(
        update(scan_jobs)
        .where(scan_jobs.c.id == job_id, scan_jobs.c.status.in_(sources))
        .values(values)
    ).rowcount
    if not changed:
        raise JobStateForbids(f"Job {job_id} cannot become {status} from where it is.")
    why = values.get("last_error")
    said = said or (f"{_SAID[status]}: {why}" if why else f"{_SAID[status]}.")
    level = job_log.LogLevel.ERROR if status is JobStatus.FAILED else job_log.LogLevel.INFO
    job_log.add(connection, job_id, said, level=level)
    webhooks.tell(connection, job_id, status)
