"""`longbox init` and `longbox setup-link`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from db import passwords, setup_links, users
from db.engine import reading
from db.settings import settings
from pipeline.cli import main


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, words)
    return result.exit_code, result.output


def test_init_makes_the_data_folder_and_can_be_run_again(environment: Path) -> None:
    assert run("init") == (0, f"The data folder {environment} is prepared.\n")
    assert (environment / "library.db").exists()
    assert (environment / "queue.db").exists()
    assert run("init") == (0, f"The data folder {environment} is ready.\n")


def test_without_init_a_command_says_what_to_run(environment: Path) -> None:
    status, output = run("library", "list")
    assert status == 1
    assert output == "Error: There is no Longbox database here yet. Run `longbox init` first.\n"


def test_init_makes_the_admin_whom_the_environment_names_once(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LONGBOX_ADMIN_USER", "Ada")
    monkeypatch.setenv("LONGBOX_ADMIN_PASSWORD", "correct horse")
    assert run("init")[1].endswith("Added the admin Ada, as LONGBOX_ADMIN_USER says.\n")
    assert run("init") == (0, f"The data folder {environment} is ready.\n")
    with reading() as connection:
        [ada] = users.listing(connection)
        assert ada.is_admin
        assert passwords.matches(users.password_hash_of(connection, ada.id), "correct horse")


@pytest.mark.parametrize(
    ("name", "password", "sentence"),
    [
        ("Ada", "", "belong together"),
        ("", "correct horse", "belong together"),
        ("Ada", "short", "at least 8 characters"),
    ],
)
def test_an_admin_whom_the_environment_names_badly_is_an_error(
    environment: Path, monkeypatch: pytest.MonkeyPatch, name: str, password: str, sentence: str
) -> None:
    monkeypatch.setenv("LONGBOX_ADMIN_USER", name)
    monkeypatch.setenv("LONGBOX_ADMIN_PASSWORD", password)
    status, output = run("init")
    assert status == 1
    assert sentence in output.splitlines()[-1]


def test_the_set_up_link_is_printed_alone_on_standard_output(data: Path) -> None:
    result = CliRunner().invoke(main, ["setup-link"])
    address, _, token = result.stdout.strip().partition("/setup?token=")
    assert address == "http://127.0.0.1:8000"
    with reading() as connection:
        assert setup_links.is_good(connection, token)
    assert "good once, for a day" in result.stderr


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0.0.0.0", "http://localhost:9000/"),  # noqa: S104
        ("::", "http://localhost:9000/"),
        ("::1", "http://[::1]:9000/"),
        ("nas.local", "http://nas.local:9000/"),
    ],
)
def test_the_link_can_be_opened_wherever_longbox_listens(
    data: Path, monkeypatch: pytest.MonkeyPatch, host: str, address: str
) -> None:
    monkeypatch.setenv("LONGBOX_HOST", host)
    monkeypatch.setenv("PORT", "9000")
    settings.cache_clear()
    assert CliRunner().invoke(main, ["setup-link"]).stdout.startswith(address)


def test_the_link_leads_where_people_find_longbox(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LONGBOX_URL", "https://home.example/comics/")
    settings.cache_clear()
    link = CliRunner().invoke(main, ["setup-link"]).stdout
    assert link.startswith("https://home.example/comics/setup?token=")


def test_with_an_admin_the_address_is_printed_instead(
    add_user: Callable[..., users.User],
) -> None:
    add_user("Ada", is_admin=True)
    assert run("setup-link") == (
        0,
        "There is an admin already. Sign in at http://127.0.0.1:8000/\n",
    )


def test_two_who_prepare_at_once_make_one_admin(environment: Path) -> None:
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "init"]
    admin = {"LONGBOX_ADMIN_USER": "Ada", "LONGBOX_ADMIN_PASSWORD": "correct horse"}
    started = [subprocess.Popen(command, env=os.environ | admin) for _ in range(4)]
    assert [process.wait() for process in started] == [0, 0, 0, 0]
    with reading() as connection:
        assert [user.name for user in users.listing(connection)] == ["Ada"]
