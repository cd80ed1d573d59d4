"""The settings, and what is said of those that cannot be."""

from __future__ import annotations

import pytest

from db.settings import Settings, SettingsError, from_environment


def test_what_is_not_set_has_its_default() -> None:
    found = from_environment({"LONGBOX_DATA": "/srv/longbox", "LONGBOX_WORKERS": "2"})
    assert found == Settings(data=found.data)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "0", "PORT must be a whole number from 1 to 65535"),
        ("PORT", "\N{ARABIC-INDIC DIGIT THREE}", "PORT must be a whole number"),
        ("LONGBOX_HEARTBEAT", "nan", "LONGBOX_HEARTBEAT must be a number of seconds"),
        ("LONGBOX_STALE_AFTER", "3", "must be at least twice LONGBOX_HEARTBEAT"),
        ("LONGBOX_URL", "home.example/comics", "LONGBOX_URL must be an address like https://"),
        ("LONGBOX_TRUSTED_PROXIES", "192.168.1.1/24", "LONGBOX_TRUSTED_PROXIES must name"),
        ("LONGBOX_LOG_LEVEL", "chatty", "must be one of debug, info, warning, error"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_name(name: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        from_environment({name: value})


def test_the_port_that_honcho_makes_up_is_not_a_choice() -> None:
    assert from_environment({"PORT": "5000", "HONCHO_PROCESS_NAME": "web.1"}).port == 8000
    assert from_environment({"PORT": "5000"}).port == 5000
    assert from_environment({"PORT": "5100", "HONCHO_PROCESS_NAME": "web.1"}).port == 5100


def test_the_address_that_people_use_has_no_slash_at_its_end() -> None:
    assert from_environment({"LONGBOX_URL": "https://home.example/comics/"}).url == (
        "https://home.example/comics"
    )
