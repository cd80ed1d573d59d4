"""What makes Longbox installable, and the pages that a browser keeps of it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from db import users

SHELLS = ["/offline", "/offline/reader"]


def test_the_manifest_names_pictures_that_are_as_large_as_it_says(client: FlaskClient) -> None:
    answer = client.get("/manifest.webmanifest")
    assert answer.mimetype == "application/manifest+json"
    manifest = json.loads(answer.data)
    assert manifest["start_url"] == manifest["scope"] == manifest["id"] == "/"
    assert "maskable" in {icon["purpose"] for icon in manifest["icons"]}
    for icon in manifest["icons"]:
        with (
            client.get(icon["src"]) as file,
            Image.open(io.BytesIO(file.data)) as picture,
        ):
            assert icon["sizes"] == f"{picture.width}x{picture.height}"
    assert [one["name"] for one in manifest["shortcuts"]] == ["Your reading", "Kept offline"]


def test_the_service_worker_rules_the_whole_site_and_is_asked_for_anew(client: FlaskClient) -> None:
    answer = client.get("/service-worker.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"


def test_everything_that_the_service_worker_keeps_is_there_for_strangers(
    client: FlaskClient,
) -> None:
    [shell] = re.findall(r"^const SHELL = (.*);$", client.get("/service-worker.js").text, re.M)
    kept = json.loads(shell)
    for address in [kept["page"], kept["reader"], *kept["files"]]:
        with client.get(address) as answer:
            assert answer.status_code == 200, address


@pytest.mark.parametrize("path", SHELLS)
def test_a_page_that_is_kept_loads_nothing_that_is_not(client: FlaskClient, path: str) -> None:
    kept = client.get("/service-worker.js").text
    loaded = re.findall(r'(?:src|href)="(/static/[^"#]+)', client.get(path).text)
    assert len(loaded) > 5
    for address in loaded:
        assert json.dumps(address) in kept


@pytest.mark.parametrize("path", SHELLS)
def test_a_page_that_is_kept_says_nothing_of_anyone(
    client: FlaskClient, reader_client: FlaskClient, path: str
) -> None:
    assert "X-Longbox-User" not in client.get(path).headers
    assert "longbox-user" not in client.get(path).text
    assert "Rita" not in client.get(path).text
    assert "Rita" in reader_client.get("/offline").text  # to whom it is not served from a cache


def test_a_page_says_whose_it_is(reader_client: FlaskClient, reader: users.User) -> None:
    answer = reader_client.get("/")
    assert answer.headers["X-Longbox-User"] == str(reader.id)
    assert f'<meta name="longbox-user" content="{reader.id}">' in answer.text
    assert "X-Longbox-User" not in reader_client.get("/api/auth/check").headers


def test_what_one_person_noted_is_not_taken_for_anothers(
    reader: users.User, reader_client: FlaskClient, add_user: Callable[..., users.User]
) -> None:
    other = add_user("Otto")

    def told_for(user: users.User) -> TestResponse:
        headers = {"X-Longbox-User": str(user.id)}
        return reader_client.post("/api/progress", json={"items": []}, headers=headers)

    assert told_for(other).status_code == 409
    assert told_for(reader).status_code == 200
