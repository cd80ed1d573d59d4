"""What a scan changed, as admins look through it: beside the scan, on its own pages, by the API."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert

from db.engine import writing
from db.schema import job_changes
from db.states import Change, ComicState
from tests.scan_rows import change_job
from tests.shelf import Shelf


@pytest.fixture
def shelf(data: Path, tmp_path: Path) -> Shelf:
    """A scan that moved seven comics, cannot tell one from others, and found one new."""
    shelf = Shelf(tmp_path / "comics")
    ids = [shelf.add(f"{number}.cbz", b"a page", added_job_id=0) for number in range(8)]
    shelf.change(ids[7], state=ComicState.MISSING, file_name=b"7.cbz/")
    shelf.add("new.cbz", b"a page")
    told = [(one, Change.MOVED, f"Chew/{one}.cbz → Saga/{one}.cbz") for one in ids[:7]]
    told.append((ids[7], Change.AMBIGUOUS, "Its pages turned up in 2 files."))
    with writing() as connection:
        connection.execute(
            insert(job_changes),
            [
                {"job_id": shelf.job_id, "comic_id": one, "change": change, "detail": detail}
                for one, change, detail in told
            ],
        )
    change_job(shelf.job_id, comics_found=9, comics_new=1, comics_moved=7)
    return shelf


def test_the_page_of_a_scan_shows_the_first_comics_of_each_kind(
    shelf: Shelf, admin_client: FlaskClient
) -> None:
    page = admin_client.get(f"/progress/{shelf.job_id}").text
    for words in ("1 comic new", "7 comics moved", "1 comic not known again"):
        assert words in page
    assert "Chew/1.cbz → Saga/1.cbz" in page
    assert "Its pages turned up in 2 files." in page
    assert "Chew/7.cbz → Saga/7.cbz" not in page
    assert f"/progress/{shelf.job_id}/changes?change=moved" in page
    assert "Saga/7.cbz/" not in page


def test_all_comics_of_a_kind_are_on_pages_of_their_own(
    shelf: Shelf, admin_client: FlaskClient
) -> None:
    page = admin_client.get(f"/progress/{shelf.job_id}/changes?change=moved").text
    assert all(f"Chew/{one}.cbz → Saga/{one}.cbz" in page for one in range(1, 8))
    assert admin_client.get(f"/progress/{shelf.job_id}/changes?change=odd").status_code == 422


def test_a_first_scan_lists_no_new_comics_because_all_are(
    shelf: Shelf, admin_client: FlaskClient
) -> None:
    change_job(shelf.job_id, comics_found=1)
    assert "1 comic new" not in admin_client.get(f"/progress/{shelf.job_id}").text


def test_programs_page_through_what_a_scan_changed(shelf: Shelf, admin_client: FlaskClient) -> None:
    address = f"/api/scan/jobs/{shelf.job_id}/changes?change=moved&limit=4"
    first = admin_client.get(address).json
    rest = admin_client.get(f"{address}&cursor={first['next']}").json
    items = first["items"] + rest["items"]
    assert (len(items), rest["next"]) == (7, None)
    assert items[0] == {
        "id": 1,
        "path": "Saga/0.cbz",
        "series": {"id": shelf.series_id, "name": "Saga"},
        "missing": False,
        "detail": "Chew/1.cbz → Saga/1.cbz",
    }
    new = admin_client.get(f"/api/scan/jobs/{shelf.job_id}/changes?change=new").json
    assert [one["path"] for one in new["items"]] == ["Saga/new.cbz"]
    assert admin_client.get("/api/scan/jobs/99/changes?change=new").status_code == 404
    assert admin_client.get(f"/api/scan/jobs/{shelf.job_id}/changes").status_code == 422


def test_names_of_files_are_for_admins(shelf: Shelf, reader_client: FlaskClient) -> None:
    assert "Chew/1.cbz" not in reader_client.get(f"/progress/{shelf.job_id}").text
    for address in (f"/api/scan/jobs/{shelf.job_id}", f"/progress/{shelf.job_id}"):
        assert reader_client.get(f"{address}/changes?change=moved").status_code == 403
