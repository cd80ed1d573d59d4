"""Behind a reverse proxy: whose word is believed, and what follows from it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from db import users
from db.settings import settings
from tests.conftest import PASSWORD
from webui.auth import local_address

JS = Path(__file__).parents[2] / "webui" / "static" / "js"
FORWARDED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "home.example",
    "X-Forwarded-Prefix": "/comics",
}


def sign_in(client: FlaskClient, next_: str = "", **more: object) -> tuple[str, str]:
    """Where a sign-in leads, and its cookie."""
    form = {"username": "Rita", "password": PASSWORD, "next": next_}
    answer = client.post("/login", data=form, **more)
    assert answer.status_code == 303
    return answer.location, answer.headers["Set-Cookie"]


def test_below_a_path_every_address_begins_with_it(client: FlaskClient, reader: users.User) -> None:
    answer = client.get("/search?q=saga", headers=FORWARDED)
    assert answer.location == "/comics/login?next=/comics/search?q%3Dsaga"
    page = client.get(answer.location.removeprefix("/comics"), headers=FORWARDED).text
    addresses = re.findall(r'(?:href|src|action)="(/[^"]*)"', page)
    assert len(addresses) > 5
    assert all(one.startswith("/comics/") for one in addresses)

    location, cookie = sign_in(client, "/comics/search?q=saga", headers=FORWARDED)
    assert location == "/comics/search?q=saga"
    assert "; Path=/comics;" in cookie
    assert "; Secure;" in cookie


def test_what_is_installed_is_what_lies_below_the_path(client: FlaskClient) -> None:
    told = client.get("/manifest.webmanifest", headers=FORWARDED).json
    assert told["id"] == told["scope"] == told["start_url"] == "/comics/"
    for prefix, root in (("/comics/", "/comics"), ("/other", "/other"), ("", "")):
        headers = FORWARDED | {"X-Forwarded-Prefix": prefix}
        program = client.get("/service-worker.js", headers=headers).text
        shell = json.loads(program.splitlines()[0].removeprefix("const SHELL = ").rstrip(";"))
        assert shell["root"] == root
        assert all(one.startswith(f"{root}/static/") for one in shell["files"])


def test_a_proxy_that_is_not_trusted_is_told_of_and_not_believed(
    client: FlaskClient, reader: users.User, data: Path
) -> None:
    stranger = {"REMOTE_ADDR": "198.51.100.1"}
    assert not settings().distrusted_proxy_file.exists()
    location, cookie = sign_in(client, headers=FORWARDED, environ_base=stranger)
    assert location == "/"
    assert "Secure" not in cookie
    assert settings().distrusted_proxy_file.read_text() == "198.51.100.1"


@pytest.mark.parametrize("address", ["172.18.0.2", "::ffff:172.18.0.2", "fd00::1"])
def test_a_trusted_proxy_may_be_elsewhere(
    data: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    from webui import create_app

    monkeypatch.setenv("LONGBOX_TRUSTED_PROXIES", "172.16.0.0/12, fd00::/8")
    settings.cache_clear()
    client = create_app().test_client()
    for peer, location in ((address, "/comics/login"), ("127.0.0.1", "/login")):
        answer = client.get("/", headers=FORWARDED, environ_base={"REMOTE_ADDR": peer})
        assert answer.location.startswith(location)


@pytest.mark.parametrize("prefix", ["//evil.example", "comics", "/a b", '/"><script>', "/\\evil"])
def test_a_path_that_is_none_is_left_out(client: FlaskClient, prefix: str) -> None:
    """Many proxies pass on what a stranger writes into a header that they do not set."""
    answer = client.get("/", headers={"X-Forwarded-Prefix": prefix})
    assert answer.location == "/login"


def test_a_form_at_the_proxys_address_is_of_this_site(
    client: FlaskClient, reader: users.User
) -> None:
    headers = FORWARDED | {"Origin": "https://home.example"}
    assert sign_in(client, headers=headers)[0] == "/comics/"
    foreign = FORWARDED | {"Origin": "https://evil.example"}
    assert client.post("/login", data={}, headers=foreign).status_code == 403


def test_next_stays_below_the_path(app: Flask) -> None:
    with app.test_request_context("/", base_url="https://home.example/comics"):
        assert local_address("/comics/series/1") == "/comics/series/1"
        for elsewhere in ("/series/1", "/comicsbooks", "/comics//evil.example", "/", None):
            assert local_address(elsewhere) == "/comics/"


def test_walls_and_readers_lead_below_the_path(
    admin: users.User, signed_in: Callable[[users.User], FlaskClient]
) -> None:
    client = signed_in(admin)
    for page in ("/", "/progress", "/libraries", "/account", "/trash", "/duplicates", "/lists"):
        text = client.get(page, headers=FORWARDED).text
        addresses = re.findall(r'="(/[^"]*)"', text)
        assert addresses
        assert [one for one in addresses if not one.startswith("/comics/")] in ([], ["/srv/comics"])


def test_no_script_has_an_address_that_is_not_put_below_the_path() -> None:
    address = re.compile(r"""["'`]/(api|login|logout|offline|read|progress|series)\b""")
    # Names within a cache of the browser's, and paths that were taken from below it.
    keys = re.compile(r'"/offline/|pathOf\(|const SIGN_OUT')
    found = {
        f"{file.name}:{number}"
        for file in JS.rglob("*.js")
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if address.search(line) and "at(" not in line and not keys.search(line)
    }
    assert not found
