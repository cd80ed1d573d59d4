"""Scans with options over HTTP: profiles, a library's own, the form, and the dry run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from db import jobs, scan_profiles
from db.engine import reading
from db.states import ScanKind
from tests.scan_rows import add_library
from tests.trial import wait_for, write_comic


@pytest.fixture
def library(data: Path, tmp_path: Path) -> int:
    for path in ("Saga/1.cbz", "Saga/2.cbz", "Hellboy/1.cbz"):
        write_comic(tmp_path / "comics" / path)
    return add_library("Comics", bytes(tmp_path / "comics"))


def newest() -> jobs.Job | None:
    with reading() as connection:
        return jobs.newest(connection)


FORM: dict[str, Any] = {"kind": "full", "thumbnails": "none", "max_folders": "", "nice": "3"}


def test_a_profile_is_kept_used_and_forgotten(admin_client: FlaskClient, library: int) -> None:
    kept = admin_client.put(
        "/api/scan/profiles/Nightly", json={"kind": "full", "options": {"workers": 1}}
    )
    assert kept.json == {"name": "Nightly", "options": {"kind": "full", "workers": 1}}
    assert admin_client.get("/api/scan/profiles").json["items"] == [kept.json]
    begun = admin_client.post("/api/scan", json={"profile": "Nightly"})
    assert begun.status_code == 202
    job = newest()
    assert job
    assert (job.kind, job.options) == (ScanKind.FULL, {"workers": 1})
    assert admin_client.delete("/api/scan/profiles/Nightly").status_code == 204
    for answer in (
        admin_client.post("/api/scan", json={"profile": "Nightly"}),
        admin_client.delete("/api/scan/profiles/Nightly"),
    ):
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "no_such_profile")
    refused = admin_client.put("/api/scan/profiles/Bad", json={"options": {"nice": 99}})
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "invalid")


def test_the_form_scans_with_what_it_says_or_says_what_is_wrong(
    admin_client: FlaskClient, library: int
) -> None:
    page = admin_client.get("/progress/new").text
    assert "Looks at every file" in page
    wrong = admin_client.post("/progress/new", data=FORM | {"workers": "many", "do": "scan"})
    assert wrong.status_code == 422
    assert "Processes at most: write a whole number" in wrong.text
    for library_id in ("1x", "-1", "9" * 30):
        odd = admin_client.post("/progress/new", data=FORM | {"do": "scan", "library": library_id})
        assert odd.status_code == 422
        assert "Choose a library" in odd.text
    kept = admin_client.post("/progress/new", data=FORM | {"do": "keep", "name": "Gentle"})
    assert "Gentle" in admin_client.get(kept.location).text
    assert newest() is None
    begun = admin_client.post("/progress/new", data=FORM | {"do": "scan", "library": library})
    assert begun.status_code == 303
    job = newest()
    assert job
    assert (job.kind, job.options) == ("full", {"thumbnails": "none", "nice": 3})
    again = admin_client.post("/progress/new", data=FORM | {"do": "scan"})
    assert again.status_code == 409
    assert "already under way" in again.text
    removed = admin_client.post("/progress/profiles/Gentle/remove")
    assert removed.status_code == 303
    with reading() as connection:
        assert scan_profiles.listing(connection) == []


def test_a_form_takes_from_its_profile_what_nobody_chose_in_it(
    admin_client: FlaskClient, library: int
) -> None:
    """As it is sent without scripts, or before the script had the answer."""
    admin_client.put(
        "/api/scan/profiles/Gentle",
        json={"kind": "full", "options": {"nice": 12, "thumbnails": "all", "workers": 2}},
    )
    filled = {"kind": "quick", "thumbnails": None, "nice": 0, "workers": None}
    form = {
        "kind": "metadata",
        "thumbnails": "",
        "chosen": "thumbnails",  # and put back
        "filled": json.dumps(filled),
        "filled_for": f"{library} ",
        "library": str(library),
        "profile": "Gentle",
    }
    page = admin_client.post("/progress/new", data=form | {"do": "fill"}).text
    assert 'value="metadata" checked' in page
    assert 'name="nice" min="0" max="19" value="12"' in page
    admin_client.post("/progress/new", data=form | {"do": "scan"})
    job = newest()
    assert job
    assert (job.kind, job.options) == ("metadata", {"nice": 12, "workers": 2})


def test_a_refused_form_keeps_all_that_can_be_kept_of_it(
    admin_client: FlaskClient, library: int
) -> None:
    form = FORM | {"kind": "metadata", "skip_metadata": "1", "workers": "many"}
    for sent in (form, form | {"workers": ""}):
        again = admin_client.post("/progress/new", data=sent)
        assert again.status_code == 422
        assert 'value="metadata" checked' in again.text
        assert 'name="nice" min="0" max="19" value="3"' in again.text


@pytest.mark.parametrize("filled", ["no JSON", "[]", "[" * 100_000])
def test_a_form_that_was_filled_in_with_nonsense_is_one_that_somebody_chose_all_of(
    admin_client: FlaskClient, library: int, filled: str
) -> None:
    form = FORM | {"do": "fill", "filled": filled}
    again = admin_client.post("/progress/new", data=form)
    assert again.status_code == 200
    assert 'name="nice" min="0" max="19" value="3"' in again.text


def test_a_librarys_own_options_hold_for_its_scans_and_its_folders(
    admin_client: FlaskClient, library: int
) -> None:
    answer = admin_client.post(f"/libraries/{library}/scan-options", data=FORM)
    assert answer.status_code == 303
    assert 'value="full" checked' in admin_client.get(answer.location).text
    admin_client.post("/api/scan", json={"folder": "Saga"})
    job = newest()
    assert job
    assert job.kind == "quick"
    assert (job.options["thumbnails"], job.options["nice"]) == ("none", 3)
    admin_client.post(f"/api/scan/{job.id}/cancel")
    admin_client.post("/api/scan", json={})
    job = newest()
    assert job
    assert (job.kind, job.options) == ("full", {"thumbnails": "none", "nice": 3})


def test_a_dry_run_is_told_and_makes_no_job(admin_client: FlaskClient, library: int) -> None:
    asked = admin_client.post("/api/scan/dry-run", json={"library": "Comics"})
    assert asked.status_code == 202
    address = f"/api/scan/dry-runs/{asked.json['dry_run']}"
    wait_for(lambda: admin_client.get(address).json["state"] != "running", "its end")
    told = admin_client.get(address).json
    assert told["state"] == "done"
    [result] = told["libraries"]
    assert (result["new"], result["missing"], result["held"]) == (3, 0, None)
    first = admin_client.get(f"{address}/changes?change=new&limit=1").json
    rest = admin_client.get(f"{address}/changes?change=new&cursor={first['next']}").json
    groups = first["items"] + rest["items"]
    assert [(one["folder"], one["comics"]) for one in groups] == [
        ("Hellboy", ["1.cbz"]),
        ("Saga", ["1.cbz", "2.cbz"]),
    ]
    page = admin_client.get(f"/progress/dry-runs/{asked.json['dry_run']}")
    assert "A scan would change 3 comics" in page.text
    assert newest() is None
    assert admin_client.delete(address).status_code == 204
    for gone in (address, "/api/scan/dry-runs/..%2fin-use"):
        assert admin_client.get(gone).status_code == 404
    covers = admin_client.post("/api/scan/dry-run", json={"kind": "covers"})
    assert covers.status_code == 422


def test_it_is_all_for_admins(reader_client: FlaskClient, library: int) -> None:
    for method, path in (
        ("GET", "/progress/new"),
        ("POST", "/progress/new"),
        ("POST", f"/libraries/{library}/scan-options"),
        ("GET", "/api/scan/profiles"),
        ("PUT", "/api/scan/profiles/Mine"),
        ("POST", "/api/scan/dry-run"),
        ("GET", "/api/scan/dry-runs/0123456789abcdef"),
        ("GET", "/progress/dry-runs/0123456789abcdef"),
    ):
        assert reader_client.open(path, method=method).status_code == 403, path
