"""`longbox user`: adding and removing the people who may sign in, and their passwords."""

from __future__ import annotations

import sys

import click

from db import passwords, users
from db.engine import reading, writing
from db.times import iso
from pipeline.cli import needs_database
from pipeline.cli.output import json_option, print_json, print_table, say, when

password_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input; do not ask."
)


@click.group()
def user() -> None:
    """The people who may sign in."""


@user.command("add")
@click.argument("name")
@click.option("--admin", is_flag=True, help="Let them look after libraries, scans and users.")
@password_option
@needs_database
def add(name: str, admin: bool, password_stdin: bool) -> None:
    """Add a user."""
    password_hash = passwords.hashed(_password(password_stdin))
    with writing() as connection:
        added = users.add(connection, name, password_hash, is_admin=admin)
    say(f"Added the {'admin' if admin else 'user'} {added.name}.")


@user.command("list")
@json_option
@needs_database
def listing(as_json: bool) -> None:
    """Show all users."""
    with reading() as connection:
        found = users.listing(connection)
    if as_json:
        print_json(
            [
                {
                    "id": one.id,
                    "name": one.name,
                    "is_admin": one.is_admin,
                    "is_disabled": one.disabled_at is not None,
                    "created_at": iso(one.created_at),
                    "last_seen_at": iso(one.last_seen_at),
                }
                for one in found
            ]
        )
    elif found:
        print_table(("Name", "Role", "Last seen"), map(_row, found))
    else:
        say("There is no user yet. `longbox setup-link` prints a link that makes the first admin.")


@user.command("password")
@click.argument("name")
@password_option
@needs_database
def password(name: str, password_stdin: bool) -> None:
    """Give a user another password, which signs them out everywhere."""
    with reading() as connection:
        found = users.named(connection, name)
    password_hash = passwords.hashed(_password(password_stdin))
    with writing() as connection:
        users.set_password(connection, found.id, password_hash)
    say(f"{found.name} has another password, and is signed out everywhere.")


@user.command("remove")
@click.argument("name")
@needs_database
def remove(name: str) -> None:
    """Remove a user, with what they have read.

    The journal keeps it, and `longbox restore-reading NAME --removed` gives it to one of that name.
    """
    with writing() as connection:
        found = users.named(connection, name)
        users.remove(connection, found.id)
    say(f"Removed the user {found.name}.")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer


def _row(one: users.User) -> tuple[str, str, str]:
    role = "admin" if one.is_admin else "reader"
    if one.disabled_at is not None:
        role += ", disabled"
    return one.name, role, "never" if one.last_seen_at is None else when(one.last_seen_at)
