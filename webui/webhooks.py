"""The admin's page of webhooks: who is told how scans end, and what became of the messages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from db import webhooks
from db.engine import reading, writing
from db.report import duration
from db.times import iso, now
from db.webhooks import Message
from webui.auth import admin_required, render_problem
from webui.errors import Problem
from webui.listings import LARGEST_ID

WEBHOOK = f"/webhooks/<int(max={LARGEST_ID}):webhook_id>"
MESSAGES_SHOWN = 8  # of each

EVENT_LABELS: dict[webhooks.Event, str] = {
    webhooks.Event.FINISHED: "Scan finished",
    webhooks.Event.FAILED: "Scan failed",
    webhooks.Event.NEEDS_YOU: "Scan needs you",
    webhooks.Event.TEST: "Test",
}
DONE = {
    "test": "A message is on its way. Load this page again to see what became of it.",
    "removed": "The webhook is removed; nothing more is sent there.",
}

blueprint = Blueprint("webhooks", __name__)


@blueprint.errorhandler(webhooks.NoSuchWebhook)
def refuse(error: webhooks.NoSuchWebhook) -> ResponseReturnValue:
    return render_problem(
        "admin/webhooks.html", Problem(404, "no_such_webhook", str(error)), **_all()
    )


@blueprint.get("/webhooks")
@admin_required
def page() -> ResponseReturnValue:
    done = DONE.get(request.args.get("done", ""))
    return render_template("admin/webhooks.html", **_all(), done=done), {
        "Cache-Control": "no-store"
    }


@blueprint.post("/webhooks")
@admin_required
def add() -> ResponseReturnValue:
    """Adds an address, and shows its secret this once."""
    url = request.form.get("url", "")
    try:
        with writing() as connection:
            made = webhooks.add(connection, url)
    except webhooks.WebhookError as error:
        problem = Problem(422, "invalid", str(error))
        return render_problem("admin/webhooks.html", problem, **_all(), url=url)
    return render_template("admin/webhooks.html", **_all(), made=made), {
        "Cache-Control": "no-store"
    }


@blueprint.post(f"{WEBHOOK}/test")
@admin_required
def test(webhook_id: int) -> ResponseReturnValue:
    with writing() as connection:
        webhooks.write_test(connection, webhook_id)
    return redirect(url_for("webhooks.page", done="test"), 303)


@blueprint.post(f"{WEBHOOK}/remove")
@admin_required
def remove(webhook_id: int) -> ResponseReturnValue:
    with writing() as connection:
        webhooks.remove(connection, webhook_id)
    return redirect(url_for("webhooks.page", done="removed"), 303)


def _all() -> dict[str, Any]:
    with reading() as connection:
        found = webhooks.listing(connection)
        return {"webhooks": [_shown(connection, one) for one in found]}


def _shown(connection: Connection, one: webhooks.Webhook) -> dict[str, Any]:
    sent = webhooks.messages(connection, one.id, MESSAGES_SHOWN)
    return {"id": one.id, "url": one.url, "messages": [_told(message) for message in sent]}


def _told(message: Message) -> dict[str, Any]:
    """What became of a message, in words: the badge, its tone, and the rest."""
    badge, tone = "given up", "bad"
    if message.arrived_at is not None:
        badge, tone = "arrived", "good"
    elif message.due_at is not None:
        badge, tone = "waits", "warn" if message.attempts else ""
    words = message.answer or "not sent yet"
    if message.due_at is not None and message.attempts:
        left = max(message.due_at - now(), 1.0)
        words += f"; attempt {message.attempts + 1} in {duration(left)}"
    return {
        "label": EVENT_LABELS[message.event],
        "at": iso(message.created_at),
        "badge": badge,
        "tone": tone,
        "words": words,
    }
