"""Webhooks: who is told when a scan ends or asks, and the outbox of messages to them.

A message is written in the transaction that changes the job, as the job is then, so that none is
lost and none is made up. Sending them is `pipeline/messenger.py`'s; how they are signed is here.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from db.schema import webhook_messages, webhooks
from db.settings import settings
from db.states import JobStatus
from db.times import iso, now

LONGEST_URL = 2_000
KEPT = 50  # messages to each that are done with, the newest

# Seconds from an attempt in vain to the next; behind the last one the message is given up.
AGAIN_AFTER = (10, 60, 300, 1_800, 7_200, 21_600, 86_400)


class Event(StrEnum):
    """What a message is about."""

    FINISHED = "job.finished"  # well; single files may have failed
    FAILED = "job.failed"  # a phase could not be finished
    NEEDS_YOU = "job.needs_you"  # it waits for an administrator's word
    TEST = "test"


EVENTS: dict[JobStatus, Event] = {
    JobStatus.COMPLETED: Event.FINISHED,
    JobStatus.FAILED: Event.FAILED,
    JobStatus.HELD: Event.NEEDS_YOU,
}


class WebhookError(ValueError):
    """Something about webhooks cannot be done; the message is for the person who asked."""


class NoSuchWebhook(WebhookError):
    """There is no webhook of that number."""

    def __init__(self, webhook_id: int) -> None:
        super().__init__(f"There is no webhook {webhook_id}.")


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told; `secret` is what messages to it are signed with."""

    id: int
    url: str
    secret: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it is listed; moments are epoch seconds. It waits while `due_at` is set, and
    has been given up when it is not and the message has not arrived."""

    id: int
    event: Event
    created_at: float
    attempts: int
    due_at: float | None
    tried_at: float | None
    arrived_at: float | None
    answer: str | None


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that is to be sent now."""

    id: int
    url: str
    secret: str
    event: Event
    body: str
    created_at: float

    @property
    def name(self) -> str:
        """What no other message is called; a database that is brought back gives ids again."""
        return f"{self.id}-{self.created_at:.6f}"


# ---- who is told


def add(connection: Connection, url: str) -> Webhook:
    """Have an address told from now on; raises WebhookError."""
    values = {"url": _usable(url), "secret": secrets.token_urlsafe(32), "created_at": now()}
    try:
        with connection.begin_nested():
            made = connection.execute(insert(webhooks).values(values).returning(webhooks))
            return Webhook(*made.one())
    except IntegrityError:
        raise WebhookError(f"{values['url']} is told already.") from None


def listing(connection: Connection) -> list[Webhook]:
    return [Webhook(*row) for row in connection.execute(select(webhooks).order_by(webhooks.c.id))]


def get(connection: Connection, webhook_id: int) -> Webhook:
    """The webhook of that number; raises NoSuchWebhook."""
    row = connection.execute(select(webhooks).where(webhooks.c.id == webhook_id)).one_or_none()
    if row is None:
        raise NoSuchWebhook(webhook_id)
    return Webhook(*row)


def remove(connection: Connection, webhook_id: int) -> Webhook:
    """Tell an address nothing more, and forget what it was told; raises NoSuchWebhook."""
    found = get(connection, webhook_id)
    connection.execute(delete(webhooks).where(webhooks.c.id == webhook_id))
    return found


# ---- what they are told


def tell(connection: Connection, job_id: int, status: JobStatus) -> None:
    """Write to everybody that a job has come to this status, if it is one to be told of."""
    event = EVENTS.get(status)
    if event is None or not (ids := connection.execute(select(webhooks.c.id)).scalars().all()):
        return
    from db import progress, report  # they know far more than most who change a job
    from db.jobs import NoSuchJob

    with suppress(NoSuchJob):  # its library is being removed
        told: dict[str, Any] = {"job": report.job_json(progress.get(connection, job_id))}
        if settings().url:
            told["url"] = f"{settings().url}/progress/{job_id}"
        for webhook_id in ids:
            _write(connection, webhook_id, event, told)


def write_test(connection: Connection, webhook_id: int, *, delay: float = 0.0) -> int:
    """Write a message that tells nothing, to be sent in so many seconds; answers its id. Raises
    NoSuchWebhook."""
    get(connection, webhook_id)
    told = {"sentence": "Longbox can reach you."}
    return _write(connection, webhook_id, Event.TEST, told, delay=delay)


def messages(connection: Connection, webhook_id: int, limit: int) -> list[Message]:
    """The newest messages to a webhook, the newest first."""
    query = (
        select(*(webhook_messages.c[name] for name in Message.__slots__))
        .where(webhook_messages.c.webhook_id == webhook_id)
        .order_by(webhook_messages.c.id.desc())
        .limit(limit)
    )
    return [_message(row) for row in connection.execute(query)]


# ---- the outbox


def due(connection: Connection, limit: int) -> list[Letter]:
    """What is to be sent now, what has waited longest first."""
    query = (
        _letters()
        .where(webhook_messages.c.due_at <= now())
        .order_by(webhook_messages.c.due_at)
        .limit(limit)
    )
    return [_letter(row) for row in connection.execute(query)]


def letter(connection: Connection, message_id: int) -> Letter:
    return _letter(connection.execute(_letters().where(webhook_messages.c.id == message_id)).one())


def note(connection: Connection, message_id: int, answer: str, *, arrived: bool) -> None:
    """Write down what an attempt came to, and when there is another."""
    moment = now()
    attempts = connection.execute(
        update(webhook_messages)
        .where(webhook_messages.c.id == message_id)
        .values(attempts=webhook_messages.c.attempts + 1, tried_at=moment, answer=answer)
        .returning(webhook_messages.c.attempts, webhook_messages.c.webhook_id)
    ).one_or_none()
    if attempts is None:
        return  # the webhook was removed meanwhile
    many, webhook_id = attempts
    is_over = arrived or many > len(AGAIN_AFTER)
    connection.execute(
        update(webhook_messages)
        .where(webhook_messages.c.id == message_id)
        .values(
            due_at=None if is_over else moment + AGAIN_AFTER[many - 1],
            arrived_at=moment if arrived else None,
        )
    )
    _prune(connection, webhook_id)


def waiting(connection: Connection) -> int:
    """How many messages are to be sent, now or again."""
    query = select(func.count()).where(webhook_messages.c.due_at.is_not(None))
    return connection.execute(query).scalar_one()


def signature(secret: str, moment: int, body: bytes) -> str:
    """`t=MOMENT,v1=HEX`: HMAC-SHA256, by the secret, of the moment (epoch seconds), a dot and the
    body. Who checks both knows the sender, and that it is no old message sent again."""
    signed = hmac.new(secret.encode(), b"%d." % moment + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={signed}"


def _write(
    connection: Connection,
    webhook_id: int,
    event: Event,
    told: dict[str, Any],
    *,
    delay: float = 0.0,
) -> int:
    moment = now()
    body = json.dumps({"event": event, "at": iso(moment), **told}, ensure_ascii=False)
    values = {
        "webhook_id": webhook_id,
        "event": event,
        "body": body,
        "created_at": moment,
        "due_at": moment + delay,
    }
    statement = insert(webhook_messages).values(values).returning(webhook_messages.c.id)
    return int(connection.execute(statement).scalar_one())


def _prune(connection: Connection, webhook_id: int) -> None:
    its = webhook_messages.c.webhook_id == webhook_id
    done = select(webhook_messages.c.id).where(its, webhook_messages.c.due_at.is_(None))
    old = done.order_by(webhook_messages.c.id.desc()).offset(KEPT).limit(KEPT)
    connection.execute(delete(webhook_messages).where(webhook_messages.c.id.in_(old)))


def _usable(url: str) -> str:
    """An address that messages can be sent to; raises WebhookError."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or not url.isascii() or not url.isprintable() or " " in url:
        raise WebhookError("A webhook is an address such as http://192.168.1.5:8123/api/webhook/x.")
    if parts.username is not None or parts.fragment:
        raise WebhookError("A webhook's address has no name, password or # in it.")
    if len(url) > LONGEST_URL:
        raise WebhookError(f"A webhook's address has at most {LONGEST_URL:,} characters.")
    return url


def _letters() -> Any:
    return select(
        webhook_messages.c.id,
        webhooks.c.url,
        webhooks.c.secret,
        webhook_messages.c.event,
        webhook_messages.c.body,
        webhook_messages.c.created_at,
    ).join(webhooks)


def _letter(row: Any) -> Letter:
    return Letter(**row._asdict() | {"event": Event(row.event)})


def _message(row: Any) -> Message:
    return Message(**row._asdict() | {"event": Event(row.event)})
