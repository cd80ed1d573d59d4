"""How often a sign-in may be tried: counts of failures, kept in the database.

Three things are counted: a name tried from an address (strictly, so that guessing is hopeless), an
address (so that one machine cannot try many names) and a name (mildly, because anybody can make
somebody else's name fail). Where a name has signed in within a month, only the strict count holds
it up: an attack from elsewhere locks nobody out of their own home. Counts fade with time.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from db.dialect import insert_or_update
from db.schema import sign_in_failures
from db.times import now
from db.users import name_key

REMEMBERED = 30 * 86_400  # seconds that a sign-in makes an address familiar


class TriedTooOften(Exception):
    """The next try has to wait `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = math.ceil(seconds)
        minutes = math.ceil(self.seconds / 60)
        wait = f"{self.seconds} seconds" if minutes == 1 else f"{minutes} minutes"
        super().__init__(f"Too many attempts to sign in. Wait {wait} and try again.")


@dataclass(frozen=True, slots=True)
class _Rule:
    """`free` failures cost nothing, the next one `first` seconds, each further one twice that."""

    free: int
    first: float
    longest: float
    fades: float  # seconds after which one failure is forgotten

    def wait(self, failures: int) -> float:
        if failures < self.free:
            return 0.0
        return float(min(self.longest, self.first * 2 ** min(failures - self.free, 30)))


@dataclass(frozen=True, slots=True)
class _Try:
    """The keys that a try has in the table.

    They are hashes, because people type their passwords into the wrong field.
    """

    pair: str
    familiar: str
    address: str
    name: str

    @classmethod
    def of(cls, name: str, address: str) -> _Try:
        name, address = name_key(name), network_of(address)
        return cls(
            pair=_key("pair", name, address),
            familiar=_key("familiar", name, address),
            address=_key("address", address),
            name=_key("name", name),
        )


_NAME_AT_ADDRESS = _Rule(free=5, first=30, longest=900, fades=900)
_ADDRESS = _Rule(free=30, first=30, longest=900, fades=300)
_NAME = _Rule(free=50, first=5, longest=60, fades=60)


def attempt(connection: Connection, name: str, address: str) -> None:
    """Count a try as failed before the password is looked at, so that tries at once all count.

    Call `succeeded` when it was right after all. Raises TriedTooOften when it must not be made;
    such a try counts nothing.
    """
    moment = now()
    tried = _Try.of(name, address)
    rules = _rules(connection, tried, moment)
    wait = max(_blocked_until(connection, who) - moment for who in rules)
    if wait > 0:
        raise TriedTooOften(wait)
    for who, rule in rules.items():
        failures = _failures(connection, who, rule, moment) + 1
        _put(connection, who, failures, moment + rule.wait(failures), moment)
    _forget_old(connection, moment)


def succeeded(connection: Connection, name: str, address: str) -> None:
    """Take back the try that was right, forget the name's failures, and know its address."""
    moment = now()
    tried = _Try.of(name, address)
    if not _is_familiar(connection, tried, moment):
        before = _failures(connection, tried.address, _ADDRESS, moment) - 1
        _put(connection, tried.address, max(before, 0), 0.0, moment)
    connection.execute(
        delete(sign_in_failures).where(sign_in_failures.c.who.in_([tried.pair, tried.name]))
    )
    _put(connection, tried.familiar, 0, 0.0, moment)


def network_of(address: str) -> str:
    """What counts as one address: an IPv6 visitor has a whole /64 to choose from."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def _rules(connection: Connection, tried: _Try, moment: float) -> dict[str, _Rule]:
    """What a try is judged by and counts towards, by its key in the table."""
    if _is_familiar(connection, tried, moment):
        return {tried.pair: _NAME_AT_ADDRESS}
    return {tried.pair: _NAME_AT_ADDRESS, tried.address: _ADDRESS, tried.name: _NAME}


def _is_familiar(connection: Connection, tried: _Try, moment: float) -> bool:
    """Whether this name has signed in from this address within the time that is remembered."""
    last_at = connection.execute(
        select(sign_in_failures.c.last_at).where(sign_in_failures.c.who == tried.familiar)
    ).scalar()
    return last_at is not None and last_at > moment - REMEMBERED


def _key(kind: str, *parts: str) -> str:
    return f"{kind}:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _blocked_until(connection: Connection, who: str) -> float:
    found = connection.execute(
        select(sign_in_failures.c.blocked_until).where(sign_in_failures.c.who == who)
    ).scalar()
    return found or 0.0


def _failures(connection: Connection, who: str, rule: _Rule, moment: float) -> int:
    row = connection.execute(
        select(sign_in_failures.c.count, sign_in_failures.c.last_at).where(
            sign_in_failures.c.who == who
        )
    ).first()
    if row is None:
        return 0
    faded = int((moment - row.last_at) / rule.fades)
    return max(0, int(row[0]) - faded)


def _put(connection: Connection, who: str, count: int, blocked_until: float, moment: float) -> None:
    statement = insert_or_update(
        sign_in_failures,
        ["who"],
        lambda _old, new: {
            "count": new["count"],
            "blocked_until": new.blocked_until,
            "last_at": new.last_at,
        },
    )
    connection.execute(
        statement.values(who=who, count=count, blocked_until=blocked_until, last_at=moment)
    )


def _forget_old(connection: Connection, moment: float) -> None:
    connection.execute(
        delete(sign_in_failures).where(sign_in_failures.c.last_at < moment - REMEMBERED)
    )
