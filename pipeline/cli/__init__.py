"""The `longbox` command: the table of its commands, and what becomes of an error.

A command's module is imported when the command is called, so that `longbox worker` pays for no
table of `longbox jobs`. What the commands print goes through `pipeline.cli.output`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import wraps
from keyword import iskeyword
from typing import IO, Any, NoReturn, ParamSpec, TypeVar

import click

P = ParamSpec("P")
R = TypeVar("R")

# A command's name → its module in this package; in there it is the function of that name, and
# `import_` for `import`.
COMMANDS = {
    "init": "setup",
    "setup-link": "setup",
    "doctor": "doctor",
    "cache": "cache",
    "backup": "backups",
    "restore": "backups",
    "check": "upkeep",
    "vacuum": "upkeep",
    "library": "libraries",
    "user": "users",
    "token": "tokens",
    "webhook": "webhooks",
    "journal": "reading",
    "restore-reading": "reading",
    "import": "imports",
    "web": "processes",
    "worker": "processes",
    "covers": "processes",
    "scan": "scans",
    "profile": "profiles",
    "jobs": "looking",
    "job": "looking",
    "errors": "looking",
    "changes": "changes",
    "losses": "held",
    "confirm": "held",
    "discard": "held",
    "look-again": "held",
    "trash": "trash",
    "purge": "trash",
    "duplicates": "duplicates",
    "cancel": "jobs",
    "pause": "jobs",
    "priority": "jobs",
    "resume": "jobs",
    "retry": "jobs",
}


class AlreadySo(click.ClickException):
    """What was asked for is the case already: told without alarm, and with a status of its own."""

    exit_code = 3

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file, err=file is None)


class Commands(click.Group):
    """The group of all commands, each imported when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's own
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"pipeline.cli.{COMMANDS[cmd_name]}")
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(module, f"{name}_" if iskeyword(name) else name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if ctx.params["debug"]:
                raise
            _fail(error)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="longbox", message="Longbox %(version)s")
@click.option("--debug", is_flag=True, help="Show where in the program an error came from.")
def main(debug: bool) -> None:
    """Longbox, a comic server for very large collections."""


def needs_database(command: Callable[P, R]) -> Callable[P, R]:
    """Check, before a command runs, that the database is there and of this program's schema."""

    @wraps(command)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        from db import migrate

        migrate.check()
        return command(*args, **kwargs)

    return checked


def _fail(error: Exception) -> NoReturn:
    raise click.ClickException(_sentence(error)) from None


def _sentence(error: Exception) -> str:
    """One line for an error. What our own packages raise carries the sentence for the user."""
    if type(error).__module__.partition(".")[0] in {"db", "pipeline"}:
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}."
    if cause := getattr(error, "orig", None):  # SQLAlchemy's wrapping of the driver's error
        return f"The database could not do it: {cause}."
    return (
        f"Longbox met something that it does not expect ({type(error).__name__}: {error}). "
        "`longbox --debug …` shows where; please report it."
    )
