"""Pausing a scan, and what goes first: `/api/scan/<id>/pause|priority`, and the forms beside.

Cancel, resume and retry are `webui/scan.py`'s and the pages' `webui/jobs.py`'s.
"""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from db import jobs
from db.engine import writing
from db.status import JobError
from webui import scan
from webui.auth import admin_required
from webui.jobs import to_job

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
