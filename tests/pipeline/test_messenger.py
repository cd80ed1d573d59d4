"""Webhooks, sent to a real receiver: signed, tried again, never redirected, never waited for."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import insert, update

from db import jobs, webhooks
from db.engine import reading, writing
from db.schema import webhook_messages
from db.settings import settings
from db.states import HeldReason, JobStatus, Phase
from db.status import move_to
from db.webhooks import AGAIN_AFTER, Event, Message, Webhook
from pipeline import messenger
from pipeline.cli import main
from tests.receiver import Receiver, receiving
from tests.scan_rows import add_job, add_library, over

pytestmark = pytest.mark.usefixtures("data")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def webhook(data: Path, receiver: Receiver) -> Webhook:
    with writing() as connection:
        return webhooks.add(connection, receiver.url)


def sent(webhook: Webhook) -> list[Message]:
    """The messages, the oldest first."""
    with reading() as connection:
        return webhooks.messages(connection, webhook.id, 100)[::-1]


def make_due() -> None:
    with writing() as connection:
        waiting = webhook_messages.c.due_at.is_not(None)
        connection.execute(update(webhook_messages).where(waiting).values(due_at=1.0))


def write_a_test(webhook: Webhook) -> None:
    with writing() as connection:
        webhooks.write_test(connection, webhook.id)


def test_a_scan_that_ends_is_told_as_it_was_signed_and_once(
    webhook: Webhook, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LONGBOX_URL", "https://comics.example")
    settings.cache_clear()
    job = add_job(add_library("Comics"), comics_found=3, comics_new=3, **over(Phase.INDEX, 3))
    with writing() as connection:
        move_to(connection, job, JobStatus.COMPLETED)
    with writing() as connection:
        jobs.delete(connection, job)  # what is told is what was
    messenger.send_due()
    messenger.send_due()

    [(headers, body)] = receiver.received
    told: dict[str, Any] = json.loads(body)
    assert (told["event"], headers["X-Longbox-Event"]) == ("job.finished", "job.finished")
    assert (told["job"]["id"], told["job"]["status"], told["job"]["new"]) == (job, "completed", 3)
    assert told["url"] == f"https://comics.example/progress/{job}"
    assert headers["path"] == "/hook?of=longbox"
    signed = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["X-Longbox-Signature"])
    assert signed
    expected = hmac.new(webhook.secret.encode(), f"{signed[1]}.".encode() + body, hashlib.sha256)
    assert signed[2] == expected.hexdigest()
    [message] = sent(webhook)
    assert (message.answer, message.attempts, message.due_at) == ("200 OK", 1, None)


@pytest.mark.parametrize(
    ("status", "event"),
    [
        (JobStatus.FAILED, Event.FAILED),
        (JobStatus.HELD, Event.NEEDS_YOU),
        (JobStatus.CANCELLED, None),
        (JobStatus.PAUSED, None),
    ],
)
def test_what_is_told_of(webhook: Webhook, status: JobStatus, event: Event | None) -> None:
    job = add_job(add_library())
    with writing() as connection:
        reason = {"held_reason": HeldReason.ROOT_EMPTY} if status is JobStatus.HELD else {}
        move_to(connection, job, status, **reason)
    assert [message.event for message in sent(webhook)] == ([event] if event else [])


def test_what_is_undone_is_not_told(webhook: Webhook) -> None:
    job = add_job(add_library())
    with writing() as connection:
        move_to(connection, job, JobStatus.COMPLETED)
        connection.rollback()
    assert sent(webhook) == []


def test_what_does_not_arrive_is_sent_again_later_and_given_up_in_the_end(
    webhook: Webhook, receiver: Receiver
) -> None:
    write_a_test(webhook)
    receiver.statuses = [503] * (len(AGAIN_AFTER) + 1)
    waits = []
    for _ in AGAIN_AFTER:
        messenger.send_due()
        messenger.send_due()  # which is too soon
        [message] = sent(webhook)
        assert message.due_at
        assert message.tried_at
        waits.append(round(message.due_at - message.tried_at))
        make_due()
    assert waits == [*AGAIN_AFTER]
    messenger.send_due()
    make_due()
    messenger.send_due()
    [message] = sent(webhook)
    assert (message.attempts, message.due_at, message.arrived_at) == (len(waits) + 1, None, None)
    assert len(receiver.received) == message.attempts
    assert message.answer == "503 Service Unavailable"


def test_a_message_arrives_when_its_receiver_is_back(webhook: Webhook, receiver: Receiver) -> None:
    write_a_test(webhook)
    receiver.statuses = [500]
    messenger.send_due()
    make_due()
    messenger.send_due()
    [message] = sent(webhook)
    assert message.arrived_at
    assert message.attempts == 2
    ids = {headers["X-Longbox-Message"] for headers, _ in receiver.received}
    assert len(ids) == 1  # so that a receiver knows it again


def test_redirects_are_not_followed(webhook: Webhook, receiver: Receiver) -> None:
    write_a_test(webhook)
    receiver.statuses = [307]
    messenger.send_due()
    [message] = sent(webhook)
    assert message.due_at
    assert "redirects are not followed" in str(message.answer)
    assert len(receiver.received) == 1


def test_a_receiver_that_never_comes_to_an_end_is_left(
    webhook: Webhook, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messenger, "PATIENCE", 0.3)
    receiver.drip = True
    write_a_test(webhook)
    messenger.send_due()
    [message] = sent(webhook)
    assert message.due_at
    assert str(message.answer).startswith("no answer within")


def test_a_connection_that_comes_too_late_is_not_used(
    webhook: Webhook, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect_late(*arguments: Any) -> socket.socket:
        for limit in threading.enumerate():
            if isinstance(limit, threading.Timer):
                limit.join()
        return connect(*arguments)

    connect = socket.create_connection
    monkeypatch.setattr(messenger, "PATIENCE", 0.3)
    monkeypatch.setattr(socket, "create_connection", connect_late)
    write_a_test(webhook)
    messenger.send_due()
    [message] = sent(webhook)
    assert str(message.answer).startswith("no answer within")
    assert not receiver.received


def test_where_nobody_listens_is_told_in_words(webhook: Webhook) -> None:
    with writing() as connection:
        deaf = webhooks.add(connection, "http://127.0.0.1:9/")
        webhooks.write_test(connection, deaf.id)
    messenger.send_due()
    [message] = sent(deaf)
    assert message.answer == "Connection refused"


def test_of_what_is_over_the_newest_are_kept(webhook: Webhook) -> None:
    row = {"webhook_id": webhook.id, "event": Event.TEST, "body": "{}", "created_at": 1.0}
    with writing() as connection:
        connection.execute(insert(webhook_messages), [row] * (webhooks.KEPT + 10))
    write_a_test(webhook)
    messenger.send_due()
    assert len(sent(webhook)) == webhooks.KEPT
    assert sent(webhook)[-1].arrived_at


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/hook",
        "ftp://example.com/",
        "http://",
        "http://user:secret@example.com/",
        "http://example.com/#here",
        "http://example.com:99999/",
        "http://exa mple.com/",
        "http://example.com/\r\nX-Evil: 1",
        "http://example.com/" + "x" * 2_000,
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(webhooks.WebhookError), writing() as connection:
        webhooks.add(connection, url)


def longbox(*words: str, status: int = 0) -> str:
    result = CliRunner().invoke(main, words, prog_name="longbox")
    assert result.exit_code == status, result.output
    return result.output


def test_webhooks_are_looked_after_in_a_terminal(receiver: Receiver) -> None:
    assert "Nobody is told yet" in longbox("webhook", "list")
    assert re.search(r"^[\w-]{43}$", longbox("webhook", "add", receiver.url), re.MULTILINE)
    assert "told already" in longbox("webhook", "add", receiver.url, status=1)
    assert longbox("webhook", "test", "1") == f"{receiver.url}: 200 OK\n"
    receiver.statuses = [404]
    assert "404 Not Found" in longbox("webhook", "test", "1", status=1)
    [told] = json.loads(longbox("webhook", "list", "--json"))
    assert (told["url"], told["last"][0]["answer"]) == (receiver.url, "404 Not Found")
    assert "404 Not Found" in longbox("webhook", "list").replace("\n", " ")
    assert "told nothing more" in longbox("webhook", "remove", "1")
    assert "no webhook 1" in longbox("webhook", "test", "1", status=1)
