"""How long jobs are kept whole, and how one is forgotten: bit by bit, in short transactions.

Of a job that is pruned a summary stays (`db/job_history.py`). Files that fail are still known to
fail: open errors go on to another job of the library. Comics go on naming the job that added them,
whose number nobody gets again.
"""

from __future__ import annotations

import time

from sqlalchemy import Connection, delete, func, select

from db import errors, job_history, jobs
from db.engine import reading, writing
from db.schema import job_changes, job_errors, job_log, scan_jobs
from db.states import ACTIVE
from db.times import now

ROWS = 500  # of one transaction
BREATH = 0.02  # seconds between transactions, for others who want to write
DAY = 86_400.0


def due(connection: Connection, most: int, days: int) -> list[int]:
    """The ended jobs beyond the newest `most` of their library, and those that ended more than so
    many days ago (0: however long), oldest first; never a library's newest."""
    place = func.row_number().over(
        partition_by=scan_jobs.c.library_id, order_by=scan_jobs.c.id.desc()
    )
    ranked = select(
        scan_jobs.c.id, scan_jobs.c.status, scan_jobs.c.completed_at, place.label("place")
    ).subquery()
    is_due = ranked.c.place > most
    if days:
        is_due |= ranked.c.completed_at < now() - days * DAY
    query = select(ranked.c.id).where(is_due, ranked.c.place > 1, ranked.c.status.not_in(ACTIVE))
    return list(connection.execute(query.order_by(ranked.c.id)).scalars())


def forget(job_id: int, *, summarised: bool = False) -> None:
    """Forget an ended job with its lists, in transactions of its own; with `summarised` its
    summary stays, which is made first, and once.

    Raises NoSuchJob and JobStateForbids, also when somebody retries it meanwhile.
    """
    with reading() as connection:  # summing up takes longer than a writer may
        job = jobs.require_ended(connection, job_id)
        summary = job_history.of_job(connection, job_id) if summarised else None
    if summary is not None:
        with writing() as connection:
            jobs.require_ended(connection, job_id)
            job_history.keep(connection, job.library_id, [summary])
    is_left = True
    while is_left:
        with writing() as connection:
            jobs.require_ended(connection, job_id)
            is_left = _forget_some(connection, job_id)
            if not is_left:
                jobs.delete(connection, job_id)
        time.sleep(BREATH if is_left else 0)


def _forget_some(connection: Connection, job_id: int) -> bool:
    """Forget the next of a job's long lists; False when there is nothing of them left."""
    if errors.hand_on(connection, job_id, ROWS):
        return True
    for table in (job_changes, job_log, job_errors):
        rows = select(table.c.id).where(table.c.job_id == job_id).limit(ROWS)
        if connection.execute(delete(table).where(table.c.id.in_(rows))).rowcount == ROWS:
            return True
    return False
