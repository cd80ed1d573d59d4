"""All that a scan changed; the first few comics of each kind are beside the scan (`webui/jobs.py`).

They name files, so they are for admins.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from db import changes, jobs, progress, report
from db.changes import Group
from db.engine import reading
from db.states import Change
from db.status import JobError
from webui import listings, scan
from webui.auth import admin_required
from webui.errors import Problem

blueprint = Blueprint("changes", __name__)
blueprint.register_error_handler(JobError, scan.refuse)

USUAL_ITEMS = 100
ON_PAGE = 100


@blueprint.get(f"/api/scan/jobs/{scan.JOB}/changes")
@admin_required
def listing(job_id: int) -> ResponseReturnValue:
    """The comics that a job changed in one way, `?change=`."""
    change, limit, cursor = _change(), listings.limit(USUAL_ITEMS), listings.cursor()
    with reading() as connection:
        jobs.get(connection, job_id)
        page = changes.listing(connection, job_id, change, limit=limit, cursor=cursor)
    items = [report.changed_json(one) for one in page.items]
    return {"items": items, "next": page.next}


@blueprint.get(f"/progress/{scan.JOB}/changes")
@admin_required
def page(job_id: int) -> ResponseReturnValue:
    """All comics that a scan changed in one way, a page at a time."""
    change, cursor = _change(), listings.cursor()
    with reading() as connection:
        job = progress.get(connection, job_id)
        many = changes.counts(connection, job_id).get(change, 0)
        found = changes.listing(connection, job_id, change, limit=ON_PAGE, cursor=cursor)
    return render_template(
        "scan/changes.html", job=job, group=Group(change, many, found), report=report
    )


def _change() -> Change:
    word = request.args.get("change", "")
    if word not in list(Change):
        raise Problem(422, "invalid", f'"change" must be one of {", ".join(Change)}.')
    return Change(word)
