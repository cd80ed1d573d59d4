"""`longbox token`: the tokens by which programs ask for what an admin may."""

from __future__ import annotations

import click

from db import api_tokens, users
from db.engine import reading, writing
from db.times import iso
from pipeline.cli import needs_database
from pipeline.cli.output import json_option, print_json, print_table, say, when


@click.group()
def token() -> None:
    """Tokens for programs that ask for scans, such as downloaders."""


@token.command("add")
@click.argument("user")
@click.argument("name")
@needs_database
def add(user: str, name: str) -> None:
    """Make a token for an admin, named after the program that is to use it.

    It is printed this once: send it as `Authorization: Bearer TOKEN`.
    """
    with writing() as connection:
        made = api_tokens.add(connection, users.named(connection, user), name)
    click.echo(made)


@token.command("list")
@json_option
@needs_database
def listing(as_json: bool) -> None:
    """Show all tokens, but not what they are."""
    with reading() as connection:
        found = api_tokens.listing(connection)
    if as_json:
        print_json(
            [
                {
                    "user": one.user,
                    "name": one.name,
                    "created_at": iso(one.created_at),
                    "last_used_at": iso(one.last_used_at),
                }
                for one in found
            ]
        )
    elif found:
        print_table(("User", "Token", "Made", "Last used"), map(_row, found))
    else:
        say("There is no token yet. `longbox token add USER NAME` makes one.")


@token.command("remove")
@click.argument("user")
@click.argument("name")
@needs_database
def remove(user: str, name: str) -> None:
    """End a token: whoever uses it is refused from now on."""
    with writing() as connection:
        api_tokens.remove(connection, users.named(connection, user).id, name)
    say(f"The token {name} of {user} is removed.")


def _row(one: api_tokens.Token) -> tuple[str, str, str, str]:
    used = "never" if one.last_used_at is None else when(one.last_used_at)
    return one.user, one.name, when(one.created_at), used
