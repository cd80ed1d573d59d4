"""People with an account and a session each, made in the data folder of a running Longbox.

    LONGBOX_DATA=… python -m bench.people 50

prints their tokens, a line each. Nobody signs in with a password, whose hash is slow by design and
would be all that one measures.
"""

from __future__ import annotations

import argparse
import secrets

from db import passwords, sessions, users
from db.engine import writing


def make(many: int) -> list[str]:
    """The tokens of so many new people's sessions."""
    password = passwords.hashed(secrets.token_urlsafe())
    with writing() as connection:
        people = [users.add(connection, f"Reader {number + 1}", password) for number in range(many)]
        return [sessions.begin(connection, person.id, "bench") for person in people]


def main() -> None:
    """Make as many as the command line says."""
    parser = argparse.ArgumentParser(prog="bench.people", description="Make readers.")
    parser.add_argument("many", type=int)
    print(*make(parser.parse_args().many), sep="\n")


if __name__ == "__main__":
    main()
