"""The throttle: guessing becomes hopeless, and nobody is locked out by somebody else's guesses."""

from __future__ import annotations

from pathlib import Path

import pytest

import db.engine
from db import throttle
from db.engine import writing
from db.times import now

pytestmark = pytest.mark.usefixtures("data")

HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"
MINUTE, DAY = 60.0, 86_400.0


class Clock:
    """The throttle's time, which tests set forward."""

    def __init__(self) -> None:
        self.moment = now()

    def forward(self, seconds: float) -> None:
        self.moment += seconds

    def __call__(self) -> float:
        return self.moment


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(throttle, "now", clock)
    return clock


def fail(name: str = "Ada", address: str = HOME, times: int = 1) -> None:
    for _ in range(times):
        with writing() as connection:
            throttle.attempt(connection, name, address)


def succeed(name: str = "Ada", address: str = HOME) -> None:
    with writing() as connection:
        throttle.attempt(connection, name, address)
        throttle.succeeded(connection, name, address)


def wait_of(name: str = "Ada", address: str = HOME) -> int:
    """How long the next try has to wait, in seconds."""
    with pytest.raises(throttle.TriedTooOften) as refused:
        fail(name, address)
    return refused.value.seconds


def test_the_sixth_failure_has_to_wait() -> None:
    fail(times=5)
    assert wait_of() == 30


def test_waiting_doubles_up_to_a_quarter_of_an_hour(clock: Clock) -> None:
    fail(times=5)
    waits = []
    for _ in range(8):
        waits.append(wait_of())
        clock.forward(waits[-1] + 1)
        fail()
    assert waits[:6] == [30, 60, 120, 240, 480, 900]
    assert max(waits) == 900


def test_a_refused_try_counts_nothing(clock: Clock) -> None:
    fail(times=5)
    for _ in range(20):
        assert wait_of() == 30
    clock.forward(31)
    succeed()


def test_failures_fade_with_time(clock: Clock) -> None:
    fail(times=4)
    clock.forward(4 * 15 * MINUTE)
    fail(times=4)


def test_a_success_clears_the_name(clock: Clock) -> None:
    fail(times=4)
    succeed()
    fail(times=4)
    succeed()


def test_the_case_of_a_name_makes_no_other_name() -> None:
    fail("Ada", times=3)
    fail("ADA", times=2)
    assert wait_of("ada") == 30


def test_one_address_cannot_try_many_names() -> None:
    for number in range(30):
        fail(f"user{number}")
    assert wait_of("somebody") == 30


def test_an_ipv6_network_is_one_address() -> None:
    fail(address="2001:db8::1", times=3)
    fail(address="2001:db8::2", times=2)
    assert wait_of(address="2001:db8::3") == 30
    fail(address="2001:db8:0:1::1")


def test_many_addresses_guessing_one_name_are_slowed_down() -> None:
    for number in range(50):
        fail(address=f"198.51.100.{number}")
    assert wait_of(address="203.0.113.1") == 5


def test_an_attack_from_elsewhere_locks_nobody_out_at_home(clock: Clock) -> None:
    succeed("Ada", HOME)
    clock.forward(DAY)
    for number in range(60):
        fail(address=f"198.51.100.{number}")
        clock.forward(61)
    succeed("Ada", HOME)


def test_names_tried_at_home_do_not_hold_up_who_lives_there() -> None:
    succeed("Ada", HOME)
    for number in range(30):
        fail(f"user{number}")
    assert wait_of("Rita") == 30
    succeed("Ada", HOME)


def test_an_account_of_ones_own_does_not_buy_more_tries() -> None:
    succeed("Mallory", ELSEWHERE)
    for number in range(30):
        succeed("Mallory", ELSEWHERE)
        fail(f"user{number}", ELSEWHERE)
    assert wait_of("somebody", ELSEWHERE) == 30


def test_the_count_survives_a_restart(data: Path) -> None:
    fail(times=5)
    db.engine.close()
    assert wait_of() == 30


def test_what_was_typed_as_a_name_is_not_stored(data: Path) -> None:
    fail("my password by mistake")
    stored = b"".join(file.read_bytes() for file in data.glob("library.db*"))
    assert b"by mistake" not in stored


def test_a_wait_is_told_in_words() -> None:
    assert str(throttle.TriedTooOften(29.2)).endswith("Wait 30 seconds and try again.")
    assert str(throttle.TriedTooOften(500)).endswith("Wait 9 minutes and try again.")
