"""The page of webhooks."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from db import webhooks
from db.engine import reading, writing

URL = "http://127.0.0.1:9/hook"


def test_an_address_is_added_tested_and_removed(admin_client: FlaskClient) -> None:
    added = admin_client.post("/webhooks", data={"url": URL})
    assert added.headers["Cache-Control"] == "no-store"
    with reading() as connection:
        [made] = webhooks.listing(connection)
    assert f'value="{made.secret}"' in added.text
    assert made.secret not in admin_client.get("/webhooks").text

    assert admin_client.post(f"/webhooks/{made.id}/test").status_code == 303
    assert "not sent yet" in admin_client.get("/webhooks").text
    with writing() as connection:
        [letter] = webhooks.due(connection, 10)
        webhooks.note(connection, letter.id, "Connection refused", arrived=False)
    page = admin_client.get("/webhooks").text
    assert re.search(r"Connection refused; attempt 2 in \d+ seconds", page)

    assert admin_client.post(f"/webhooks/{made.id}/remove").status_code == 303
    assert admin_client.post(f"/webhooks/{made.id}/test").status_code == 404


def test_what_is_no_address_is_refused_and_stays_in_the_field(admin_client: FlaskClient) -> None:
    answer = admin_client.post("/webhooks", data={"url": "example"})
    assert answer.status_code == 422
    assert 'value="example"' in answer.text


def test_webhooks_are_for_admins(reader_client: FlaskClient) -> None:
    for answer in (reader_client.get("/webhooks"), reader_client.post("/webhooks")):
        assert answer.status_code == 403
