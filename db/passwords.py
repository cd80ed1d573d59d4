"""Passwords: what Longbox takes for one, and their scrypt hashes.

Hashing takes some 60 ms and 32 MB on purpose, so it is done outside of transactions and only
twice at a time; `db.users` gets the finished hash.
"""

from __future__ import annotations

import threading
import unicodedata
from functools import cache
from typing import NewType

from werkzeug.security import check_password_hash, generate_password_hash

PasswordHash = NewType("PasswordHash", str)

SHORTEST = 8
LONGEST = 1000  # more would only cost time to hash

_hashing = threading.BoundedSemaphore(2)


class PasswordUnfit(ValueError):
    """This cannot be a password; the message says why."""


def hashed(password: str) -> PasswordHash:
    """The hash to keep; raises PasswordUnfit when the password is too short or too long."""
    if len(password) < SHORTEST:
        raise PasswordUnfit(f"A password needs at least {SHORTEST} characters.")
    if len(password) > LONGEST:
        raise PasswordUnfit(f"A password may have at most {LONGEST:,} characters.")
    with _hashing:
        return PasswordHash(generate_password_hash(_normal(password), method="scrypt"))


def matches(password_hash: PasswordHash | None, password: str) -> bool:
    """Whether this is the password.

    None stands for a user who is not there: it never matches, and takes as long to say so.
    """
    with _hashing:
        right = check_password_hash(password_hash or _nobodys(), _normal(password[:LONGEST]))
    return right and password_hash is not None


def _normal(password: str) -> str:
    """One form of what keyboards and systems encode differently."""
    return unicodedata.normalize("NFKC", password)


@cache
def _nobodys() -> str:
    return generate_password_hash("", method="scrypt")
