"""Pausing a scan, and what goes first: `/api/scan/<id>/pause|priority`, and the forms beside.

Cancel, resume and retry are `webui/scan.py`'s and the pages' `webui/jobs.py`'s.
"""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from db import jobs
from db.engine import writing
from db.states import Priority
from db.status import JobError
from pipeline import tasks
from webui import scan
from webui.auth import admin_required
from webui.errors import Problem
from webui.jobs import to_job
from webui.json_body import json_object, optional_text

blueprint = Blueprint("control", __name__)
blueprint.register_error_handler(JobError, scan.refuse)


@blueprint.post(f"/api/scan/{scan.JOB}/pause")
@admin_required
def pause(job_id: int) -> ResponseReturnValue:
    """Stop a job where it is, until somebody resumes it."""
    with writing() as connection:
        jobs.pause(connection, job_id)
    return scan.job_answer(job_id)


@blueprint.post(f"/progress/{scan.JOB}/pause")
@admin_required
def pause_by_form(job_id: int) -> ResponseReturnValue:
    pause(job_id)
    return to_job(job_id)


@blueprint.post(f"/api/scan/{scan.JOB}/priority")
@admin_required
def rank(job_id: int) -> ResponseReturnValue:
    """Have a job go before others, or behind them: `{"priority": "high", "normal" or "low"}`."""
    _rank(job_id, optional_text(json_object(), "priority"))
    return scan.job_answer(job_id)


@blueprint.post(f"/progress/{scan.JOB}/priority")
@admin_required
def rank_by_form(job_id: int) -> ResponseReturnValue:
    _rank(job_id, request.form.get("priority", ""))
    return to_job(job_id)


def _rank(job_id: int, word: str) -> None:
    priority = {one.word: one for one in Priority}.get(word)
    if priority is None:
        words = ", ".join(one.word for one in reversed(Priority))
        raise Problem(422, "invalid", f'"priority" must be one of {words}.')
    with writing() as connection:
        jobs.rank(connection, job_id, priority)
    tasks.ring(job_id)
