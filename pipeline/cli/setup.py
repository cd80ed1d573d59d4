"""`longbox init` and `longbox setup-link`: what happens before the first person can sign in."""

from __future__ import annotations

import click

from db import migrate, passwords, restoring, setup_links, users
from db.engine import reading, writing
from db.settings import settings
from pipeline import tasks
from pipeline.cli import needs_database
from pipeline.cli.output import say
from pipeline.queue import mend


@click.command()
def init() -> None:
    """Prepare the data folder, or bring it to this version."""
    restoring.sweep(settings())
    changed = migrate.prepare(settings())
    mend(tasks.stages_huey)
    say(f"The data folder {settings().data} is {'prepared' if changed else 'ready'}.")
    admin = _first_admin()
    if admin is not None:
        say(f"Added the admin {admin}, as LONGBOX_ADMIN_USER says.")


@click.command("setup-link")
@needs_database
def setup_link() -> None:
    """Print the link that makes the first admin. It is good once, for a day."""
    with writing() as connection:
        token = setup_links.issue(connection)
    if token is None:
        say(f"There is an admin already. Sign in at {_address()}/")
        return
    click.echo("Open this link to make the first account. It is good once, for a day:", err=True)
    say(f"{_address()}/setup?token={token}")


def _first_admin() -> str | None:
    """Make the admin whom the environment names, unless there is one; the name if it did."""
    name, password = settings().admin_user, settings().admin_password
    with reading() as connection:
        if not (name or password) or users.has_admin(connection):
            return None
    if not (name and password):
        raise click.ClickException(
            "LONGBOX_ADMIN_USER and LONGBOX_ADMIN_PASSWORD belong together; one is not set."
        )
    password_hash = passwords.hashed(password)
    with writing() as connection:
        if users.has_admin(connection):  # somebody else prepared the folder at the same moment
            return None
        return users.add(connection, name, password_hash, is_admin=True).name


def _address() -> str:
    """Where people find Longbox; unless that is set, where a browser on this machine does."""
    if settings().url:
        return settings().url
    host = settings().host
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - recognised here, not bound
        host = "localhost"
    if ":" in host:
        host = f"[{host}]"
    return f"http://{host}:{settings().port}"
