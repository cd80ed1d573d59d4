"""`longbox webhook`: who is told when a scan ends, fails or asks."""

from __future__ import annotations

import click

from db import webhooks
from db.engine import reading, writing
from db.times import iso
from db.webhooks import Message, Webhook
from pipeline import messenger
from pipeline.cli import needs_database
from pipeline.cli.output import ID, json_option, print_json, print_table, say, when

webhook_argument = click.argument("webhook_id", metavar="ID", type=ID)


@click.group()
def webhook() -> None:
    """Addresses that are told when a scan ends, fails or needs you."""


@webhook.command("add")
@click.argument("url")
@needs_database
def add(url: str) -> None:
    """Have an address told; prints the secret that messages to it are signed with."""
    with writing() as connection:
        made = webhooks.add(connection, url)
    say(f"Webhook {made.id} is told from now on. Its secret, by which it knows us:")
    click.echo(made.secret)


@webhook.command("list")
@json_option
@needs_database
def listing(as_json: bool) -> None:
    """Show the webhooks, each with the message sent last."""
    with reading() as connection:
        found = [
            (one, webhooks.messages(connection, one.id, limit=1))
            for one in webhooks.listing(connection)
        ]
    if as_json:
        print_json([_json(one, last) for one, last in found])
    elif found:
        print_table(("ID#", "Address", "Last message"), (_row(one, last) for one, last in found))
    else:
        say("Nobody is told yet. `longbox webhook add URL` changes that.")


@webhook.command("remove")
@webhook_argument
@needs_database
def remove(webhook_id: int) -> None:
    """Tell an address nothing more."""
    with writing() as connection:
        gone = webhooks.remove(connection, webhook_id)
    say(f"{gone.url} is told nothing more.")


@webhook.command("test")
@webhook_argument
@needs_database
def test(webhook_id: int) -> None:
    """Send a message now, and say what became of it; the exit status is 1 if it did not arrive.

    Then the worker sends it again later, as it does with all.
    """
    with writing() as connection:
        message_id = webhooks.write_test(connection, webhook_id, delay=3 * messenger.PATIENCE)
    with reading() as connection:
        letter = webhooks.letter(connection, message_id)
    answer = messenger.send(letter)
    say(f"{letter.url}: {answer.words}")
    if not answer.arrived:
        raise SystemExit(1)


def _row(one: Webhook, last: list[Message]) -> tuple[str, str, str]:
    if not last:
        return str(one.id), one.url, "none yet"
    [newest] = last
    words = newest.answer or "not sent yet"
    return str(one.id), one.url, f"{when(newest.created_at)}  {newest.event}: {words}"


def _json(one: Webhook, last: list[Message]) -> dict[str, object]:
    return {
        "id": one.id,
        "url": one.url,
        "created_at": iso(one.created_at),
        "last": [
            {
                "id": message.id,
                "event": message.event,
                "created_at": iso(message.created_at),
                "attempts": message.attempts,
                "arrived_at": iso(message.arrived_at),
                "due_at": iso(message.due_at),
                "answer": message.answer,
            }
            for message in last
        ],
    }
