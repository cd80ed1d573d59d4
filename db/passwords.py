"""Passwords: what Longbox takes for one, and their scrypt hashes.

Hashing takes some 60 ms and 32 MB on purpose, so it is done outside of transactions and only
twice at a time; `db.users` gets the finished hash. A hash of another server's is kept behind a tag,
until its owner signs in and the password can be hashed anew: `bcrypt:` before bcrypt's own, and
`sha256:` before scrypt of an unsalted SHA-256, which alone is not fit to be stored. `change:`
before any says that its owner is to choose another password first of all.
"""

from __future__ import annotations

import hashlib
import re
import threading
import unicodedata
from functools import cache
from typing import NewType

from werkzeug.security import check_password_hash, generate_password_hash

PasswordHash = NewType("PasswordHash", str)

NONE = PasswordHash("none")  # what no password matches
TO_CHANGE = "change:"

SHORTEST = 8
LONGEST = 1000  # more would only cost time to hash

_BCRYPT, _SHA256 = "bcrypt:", "sha256:"
_MOST_ROUNDS = 14  # bcrypt's cost; each more doubles the second that this takes
_BCRYPT_LONGEST = 72  # bytes; the rest never counted
_DEFAULTS = frozenset({"admin123"})  # that other servers begin with, and everybody knows

_hashing = threading.BoundedSemaphore(2)


class PasswordUnfit(ValueError):
    """This cannot be a password; the message says why."""


def hashed(password: str) -> PasswordHash:
    """The hash to keep; raises PasswordUnfit when the password is too short or too long."""
    if len(password) < SHORTEST:
        raise PasswordUnfit(f"A password needs at least {SHORTEST} characters.")
    if len(password) > LONGEST:
        raise PasswordUnfit(f"A password may have at most {LONGEST:,} characters.")
    return _scrypt(_normal(password))


def brought(foreign: str) -> PasswordHash | None:
    """What to keep of a hash that another server has: bcrypt's, or SHA-256 in hexadecimal.

    None for any other, and for one of bcrypt's that would take minutes to check.
    """
    if re.fullmatch(r"[0-9a-fA-F]{64}", foreign):
        return PasswordHash(_SHA256 + _scrypt(foreign.lower()))
    rounds = re.fullmatch(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}", foreign)
    if rounds and int(rounds[1]) <= _MOST_ROUNDS:
        return PasswordHash(_BCRYPT + foreign)
    return None


def to_change(password_hash: PasswordHash) -> PasswordHash:
    """The hash of a password that is good for nothing but choosing another."""
    return PasswordHash(TO_CHANGE + password_hash)


def anew(password_hash: PasswordHash, password: str) -> PasswordHash | None:
    """The ordinary hash of a password that has matched one which was brought; else None."""
    kept = password_hash.removeprefix(TO_CHANGE)
    if not kept.startswith((_BCRYPT, _SHA256)):
        return None
    fresh = _scrypt(_normal(password))
    return fresh if kept == password_hash else to_change(fresh)


def is_brought_default(foreign: str) -> bool:
    """Whether another server's hash is of a password that its first account begins with."""
    brought_hash = _BCRYPT + foreign if foreign.startswith("$2") else ""
    return any(
        _is_right(brought_hash, one) or hashlib.sha256(one.encode()).hexdigest() == foreign.lower()
        for one in _DEFAULTS
    )


def is_default(password: str) -> bool:
    """Whether this is a password that another server's first account begins with."""
    return password in _DEFAULTS


def matches(password_hash: PasswordHash | None, password: str) -> bool:
    """Whether this is the password.

    None stands for a user who is not there: it never matches, and takes as long to say so.
    """
    with _hashing:
        right = _is_right(password_hash or _nobodys(), password[:LONGEST])
    return right and password_hash is not None


def _is_right(password_hash: str, password: str) -> bool:
    password_hash = password_hash.removeprefix(TO_CHANGE)
    if password_hash.startswith(_BCRYPT):
        own = password_hash.removeprefix(_BCRYPT).encode()
        return any(_is_bcrypt_of(own, one) for one in _spellings(password))
    if password_hash.startswith(_SHA256):
        own_hash = password_hash.removeprefix(_SHA256)
        old = (hashlib.sha256(one.encode()).hexdigest() for one in _spellings(password))
        return any(check_password_hash(own_hash, one) for one in old)
    return check_password_hash(password_hash, _normal(password))


def _is_bcrypt_of(own: bytes, password: str) -> bool:
    import bcrypt  # most processes never need it

    try:
        return bcrypt.checkpw(password.encode()[:_BCRYPT_LONGEST], own)
    except ValueError:  # no such hash or, with a zero byte, no such password
        return False


def _spellings(password: str) -> list[str]:
    """As it was typed, which is what other servers hash, and in our one form."""
    return list(dict.fromkeys((password, _normal(password))))


def _scrypt(text: str) -> PasswordHash:
    with _hashing:
        return PasswordHash(generate_password_hash(text, method="scrypt"))


def _normal(password: str) -> str:
    """One form of what keyboards and systems encode differently."""
    return unicodedata.normalize("NFKC", password)


@cache
def _nobodys() -> str:
    return generate_password_hash("", method="scrypt")
