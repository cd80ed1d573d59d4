"""Duplicates and shared pages over HTTP: lists, dismissals, what is hidden from reading."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert

from db import surveys, users
from db.engine import reading, writing
from db.schema import reading_progress
from db.states import DuplicateKind
from tests.copies import AD, surveyed, write
from tests.trial import Trial, wait_for


@pytest.fixture
def trial(data: Path, tmp_path: Path, made_library: Path) -> Trial:
    return surveyed(tmp_path / "Comics", made_library)


def groups(client: FlaskClient, query: str = "") -> list[dict[str, Any]]:
    """All groups, page after page."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while cursor is not None:
        page = client.get(f"/api/duplicates?limit=2&cursor={cursor}&{query}").json
        assert page
        found += page["items"]
        cursor = page["next"]
    return found


def group_of(client: FlaskClient, kind: DuplicateKind) -> dict[str, Any]:
    [found] = groups(client, f"kind={kind}")
    return found


def hide(client: FlaskClient, page: str, *, is_hidden: bool = True) -> None:
    answer = client.put(f"/api/shared-pages/{page}", json={"hidden": is_hidden})
    assert answer.status_code == 204


def ad(client: FlaskClient) -> dict[str, Any]:
    """The one page that many comics have."""
    [page] = client.get("/api/shared-pages").json["items"]
    assert isinstance(page, dict)
    return page


@pytest.mark.parametrize(
    ("method", "address"),
    [
        *(("GET", "/duplicates"), ("GET", "/duplicates/1"), ("GET", "/duplicates/files.txt")),
        *(("POST", "/duplicates/1/dismiss"), ("POST", "/duplicates/1/restore")),
        *(("GET", "/api/duplicates"), ("GET", "/api/duplicates/1")),
        *(("POST", "/api/duplicates/1/dismiss"), ("POST", "/api/duplicates/1/restore")),
        *(("GET", "/shared-pages"), ("POST", "/shared-pages"), ("GET", "/api/shared-pages")),
        *(("PUT", "/api/shared-pages/0011223344556677"), ("GET", "/api/survey")),
        *(("POST", "/api/survey"), ("POST", "/survey")),
        *(("POST", "/duplicates/1/check"), ("POST", "/api/duplicates/1/check")),
    ],
)
def test_they_are_for_admins(reader_client: FlaskClient, method: str, address: str) -> None:
    assert reader_client.open(address, method=method).status_code == 403


# ---- duplicates


def test_groups_are_listed_with_the_copy_to_keep_first(
    trial: Trial, admin_client: FlaskClient
) -> None:
    found = groups(admin_client)
    assert sorted(one["kind"] for one in found) == ["content", "issue", "pages"]
    scans = group_of(admin_client, DuplicateKind.ISSUE)
    kept, other = scans["copies"]
    assert (scans["keep"], scans["comics"], scans["dismissed"]) == (kept["id"], 2, False)
    assert scans["why"].startswith("It has more pages (3 against 2)")
    assert scans["spare"] == min(kept["size"], other["size"])
    assert other["file"] == str(trial.root / "Saga (2012)/Saga 003 (scan).cbz")
    assert (other["container"], other["pages"], other["errors"]) == ("zip", 2, [])
    assert admin_client.get(f"/api/duplicates/{scans['id']}").json == scans


def test_groups_are_those_of_a_library(trial: Trial, admin_client: FlaskClient) -> None:
    assert len(groups(admin_client, f"library={trial.library_id}")) == 3
    assert groups(admin_client, "library=99") == []
    assert admin_client.get("/api/duplicates?kind=sameness").status_code == 422


def test_it_is_told_who_has_read_a_copy(
    trial: Trial, admin_client: FlaskClient, reader: users.User
) -> None:
    read = trial.comic("Saga (2012)/saga one.cbz").id
    values = {"comic_id": read, "page": 1, "read_at": 1, "started_at": 1, "changed_at": 1}
    with writing() as connection:
        connection.execute(insert(reading_progress).values(user_id=reader.id, **values))
    copies = group_of(admin_client, DuplicateKind.CONTENT)["copies"]
    assert {one["id"]: one["readers"] for one in copies}[read] == ["Rita"]
    assert "reading data of Rita" in admin_client.get("/duplicates?kind=content").text


def test_what_is_dismissed_goes_and_can_come_back(trial: Trial, admin_client: FlaskClient) -> None:
    group = group_of(admin_client, DuplicateKind.CONTENT)
    address = f"/api/duplicates/{group['id']}"
    assert admin_client.post(f"{address}/dismiss").status_code == 204
    assert groups(admin_client, "kind=content") == []
    assert [one["id"] for one in groups(admin_client, "dismissed=1")] == [group["id"]]
    assert admin_client.post(f"{address}/restore").status_code == 204
    assert len(groups(admin_client)) == 3
    answer = admin_client.post("/api/duplicates/999/dismiss")
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "no_such_group")


def test_the_list_of_files_has_all_but_those_to_keep(
    trial: Trial, admin_client: FlaskClient
) -> None:
    answer = admin_client.get("/duplicates/files.txt")
    saga = trial.root / "Saga (2012)"
    names = ("saga one.cbz", "Saga 002.cbz", "Saga 003 (scan).cbz")
    assert answer.text.splitlines() == [str(saga / name) for name in names]
    assert answer.mimetype == "text/plain"


def rot(path: Path) -> None:
    """Let a byte of the first page be another, as a dying disk does: nothing else tells of it."""
    status, content = path.stat(), bytearray(path.read_bytes())
    content[content.index(b"IDAT") + 8] ^= 0xFF
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_copies_are_read_through_when_an_admin_asks_and_no_damaged_one_is_suggested(
    trial: Trial, admin_client: FlaskClient
) -> None:
    before = group_of(admin_client, DuplicateKind.CONTENT)
    rot(trial.root / "Saga (2012)/Saga 001.cbz")
    assert before["keep"] == trial.comic("Saga (2012)/Saga 001.cbz").id
    assert "Nobody has read these copies through" in admin_client.get("/duplicates").text
    assert admin_client.post(f"/duplicates/{before['id']}/check").status_code == 303
    wait_for(lambda: not group_of(admin_client, DuplicateKind.CONTENT)["checking"])
    after = group_of(admin_client, DuplicateKind.CONTENT)
    kept, other = after["copies"]
    assert after["keep"] == kept["id"] == trial.comic("Saga (2012)/saga one.cbz").id
    assert (kept["whole"], kept["damaged"]) == (True, False)
    assert (other["whole"], other["damaged"]) == (False, True)
    assert other["errors"] == ["“000.png” in the archive is damaged."]
    assert after["why"] == "It has no known damage."


def test_where_every_copy_is_damaged_none_is_suggested(
    trial: Trial, admin_client: FlaskClient
) -> None:
    for name in ("Saga 001", "saga one"):
        rot(trial.root / f"Saga (2012)/{name}.cbz")
    group = group_of(admin_client, DuplicateKind.CONTENT)
    answer = admin_client.post(f"/api/duplicates/{group['id']}/check")
    assert (answer.status_code, answer.json["checking"]) == (202, True)
    wait_for(lambda: not group_of(admin_client, DuplicateKind.CONTENT)["checking"])
    assert group_of(admin_client, DuplicateKind.CONTENT)["keep"] is None
    page = admin_client.get("/duplicates?kind=content").text
    assert "Every copy that is there has damage" in page
    assert "suggested" not in page
    assert "Saga 0" not in admin_client.get("/duplicates/files.txt?kind=content").text


def test_the_page_shows_copies_side_by_side(trial: Trial, admin_client: FlaskClient) -> None:
    page = admin_client.get("/duplicates?kind=issue").text
    assert "Saga (2012) #3" in page
    assert len(re.findall(r'<li class="copy', page)) == 2
    group = group_of(admin_client, DuplicateKind.ISSUE)
    pages = admin_client.get(f"/duplicates/{group['id']}?page=3").text
    assert f"/api/read/{group['keep']}/pages/2?width=800" in pages
    assert "This copy ends on page 2." in pages
    answer = admin_client.post(f"/duplicates/{group['id']}/dismiss?kind=issue")
    assert answer.headers["Location"] == "/duplicates?kind=issue"
    assert "Saga (2012) #3" not in admin_client.get("/duplicates?kind=issue").text
    assert "Saga (2012) #3" in admin_client.get("/duplicates?kind=issue&dismissed=1").text


def test_a_library_that_nobody_has_looked_over_says_so(admin_client: FlaskClient) -> None:
    assert "Not looked yet" in admin_client.get("/duplicates").text
    assert "Not looked yet" in admin_client.get("/shared-pages").text
    assert admin_client.get("/api/survey").json == {"newest": None, "under_way": None}


def test_a_survey_can_be_asked_for(trial: Trial, admin_client: FlaskClient) -> None:
    answer = admin_client.post("/api/survey")
    assert answer.status_code == 202
    assert answer.json["under_way"]["requested_by"] == "Ada"
    again = admin_client.post("/survey?of=pages")  # which is no second one
    assert again.headers["Location"] == "/shared-pages"
    with reading() as connection:
        assert surveys.wanted(connection) == answer.json["under_way"]["id"]
    status = admin_client.get("/api/survey").json
    assert status["newest"]["comics"] == 7
    assert "The worker looks over the library" in admin_client.get("/duplicates").text


# ---- shared pages


def test_a_shared_page_is_told_with_examples(trial: Trial, admin_client: FlaskClient) -> None:
    page = ad(admin_client)
    assert (page["comics"], page["series"], page["last"], page["hidden"]) == (6, 3, 6, False)
    assert {"page": 2, "pages": 3}.items() <= page["examples"][0].items()
    shown = admin_client.get("/shared-pages").text
    assert "always the last page" in shown
    assert page["id"] in shown


def test_a_hidden_page_is_left_out_of_reading_and_keeps_its_number(
    trial: Trial, admin_client: FlaskClient, reader_client: FlaskClient
) -> None:
    lobo = trial.comic("Lobo/Lobo 001.cbz").id

    def hidden() -> list[bool]:
        contents = reader_client.get(f"/api/read/{lobo}").json
        return ["hidden" in page for page in contents["pages"]]

    assert not any(hidden())
    hide(admin_client, ad(admin_client)["id"])
    assert hidden() == [True, False, False, True]
    plain = reader_client.get(f"/read/{lobo}?page=1").text  # as it is without JavaScript
    assert 'alt="Page 2"' in plain
    assert 'rel="prev"' not in plain
    assert 'rel="next"' not in reader_client.get(f"/read/{lobo}?page=4").text
    assert reader_client.get(f"/api/read/{lobo}/pages/0").mimetype == "image/png"
    assert [one["hidden"] for one in admin_client.get("/api/shared-pages?hidden=1").json["items"]]
    hide(admin_client, ad(admin_client)["id"], is_hidden=False)
    assert not any(hidden())
    assert admin_client.get("/api/shared-pages?hidden=1").json["items"] == []


def test_a_file_that_is_another_now_hides_nothing(trial: Trial, admin_client: FlaskClient) -> None:
    hide(admin_client, ad(admin_client)["id"])
    write(trial.root / "Lobo/Lobo 001.cbz", ["red", "black", "white", "lime"], width=50)
    comic = trial.comic("Lobo/Lobo 001.cbz").id
    pages = admin_client.get(f"/api/read/{comic}").json["pages"]
    assert len(pages) == 4
    assert not any("hidden" in page for page in pages)


def test_pages_are_hidden_and_shown_by_form(trial: Trial, admin_client: FlaskClient) -> None:
    page = ad(admin_client)["id"]
    answer = admin_client.post("/shared-pages", data={"page": [page], "to": "hidden"})
    assert answer.status_code == 303
    assert "1 page is left out of reading" in admin_client.get(answer.headers["Location"]).text
    assert ad(admin_client)["hidden"]
    answer = admin_client.post("/shared-pages?hidden=1", data={"page": [page], "to": "shown"})
    assert "1 page is shown again." in admin_client.get(answer.headers["Location"]).text
    assert not ad(admin_client)["hidden"]
    assert admin_client.post("/shared-pages", data={"to": "hidden"}).status_code == 303


@pytest.mark.parametrize(
    ("page", "body"),
    [("00", {"hidden": True}), ("0011223344556677", {}), ("0011223344556677", {"hidden": "x"})],
)
def test_what_makes_no_sense_is_refused(
    admin_client: FlaskClient, page: str, body: dict[str, Any]
) -> None:
    assert admin_client.put(f"/api/shared-pages/{page}", json=body).status_code == 422


def test_a_hidden_page_is_hidden_in_comics_that_come_later(
    trial: Trial, admin_client: FlaskClient
) -> None:
    hide(admin_client, ad(admin_client)["id"])
    write(trial.root / "Chew/Chew 1.cbz", ["gray", AD])
    trial.scan(thumbnails="none")
    pages = admin_client.get(f"/api/read/{trial.comic('Chew/Chew 1.cbz').id}").json["pages"]
    assert ["hidden" in page for page in pages] == [False, True]
