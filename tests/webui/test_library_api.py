"""What the library tells programs, and the files that it sends."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from db.engine import writing
from db.file_versions import version_of
from db.schema import comics
from db.states import WorkState
from tests.catalogue_rows import add_comic, add_library, add_series


@pytest.fixture
def library(data: Path) -> int:
    return add_library()


@pytest.fixture
def series(library: int) -> int:
    return add_series(library, "Saga (2012)", folder=b"Image/Saga (2012)", category="Image")


# ---- for programs


def test_series_are_listed_for_programs(admin_client: FlaskClient, library: int) -> None:
    for name in ("b", "a", "c"):
        add_series(library, name, category="Image")
    first = admin_client.get("/api/series?limit=2").json
    assert [one["name"] for one in first["items"]] == ["a", "b"]
    rest = admin_client.get(f"/api/series?limit=2&cursor={first['next']}").json
    assert [one["name"] for one in rest["items"]] == ["c"]
    assert rest["next"] is None
    assert admin_client.get("/api/series?category=x").json["items"] == []
    assert len(admin_client.get(f"/api/series?library={library}").json["items"]) == 3


def test_a_series_is_told_to_programs(admin_client: FlaskClient, series: int) -> None:
    cover = add_comic(series, "1.cbz")
    answer = admin_client.get(f"/api/series/{series}").json
    assert answer["name"] == "Saga (2012)"
    assert answer["books"] == 1
    assert answer["cover"] == cover
    assert answer["library"]["name"] == "Comics"
    assert answer["missing"] == 0


def test_a_book_has_the_fields_that_programs_hold_on_to(
    admin_client: FlaskClient, series: int
) -> None:
    comic = add_comic(series, "1.cbz", number="1", title="One", thumbnail_state=WorkState.DONE)
    (book,) = admin_client.get(f"/api/books?series={series}").json["items"]
    expected = {
        "id": comic,
        "path": "Image/Saga (2012)/1.cbz",
        "series": {"id": series, "name": "Saga (2012)"},
        "title": "One",
        "number": "1",
        "pages": 24,
        "has_thumbnail": True,
        "state": "present",
        "added_at": "2023-11-14T22:13:20Z",
    }
    assert book | expected == book
    whole = admin_client.get(f"/api/books/{comic}").json
    assert whole | book == whole
    assert whole["size"] == 30_000_000
    assert whole["errors"] == []


def test_pages_are_unknown_until_a_book_is_indexed(admin_client: FlaskClient, series: int) -> None:
    add_comic(series, "1.cbz", index_state=WorkState.PENDING, page_count=None)
    assert admin_client.get("/api/books").json["items"][0]["pages"] is None


@pytest.mark.parametrize("sort", ["name", "number", "date", "added"])
def test_books_are_paged_in_every_order(admin_client: FlaskClient, series: int, sort: str) -> None:
    for number in range(5):
        add_comic(series, f"{number}.cbz", sort_number=number, release_date="2020-01")
    for address in (f"/api/books?sort={sort}", f"/api/books?sort={sort}&series={series}"):
        whole = [one["id"] for one in admin_client.get(address).json["items"]]
        ids, cursor = [], ""
        while cursor is not None:
            answer = admin_client.get(f"{address}&limit=2&cursor={cursor}").json
            ids += [one["id"] for one in answer["items"]]
            cursor = answer["next"]
        assert ids == whole
        assert len(ids) == 5


def test_the_search_answers_programs(admin_client: FlaskClient, series: int) -> None:
    add_comic(series, "1.cbz", number="1")
    answer = admin_client.get("/api/search?q=sag").json
    assert [one["id"] for one in answer["series"]] == [series]
    assert len(answer["items"]) == 1
    assert answer["next"] is None
    assert admin_client.get("/api/search").json == {"series": [], "items": [], "next": None}


@pytest.mark.parametrize(
    "path",
    [
        "/api/series?limit=501",
        "/api/series?limit=0",
        "/api/series?limit=-1",
        "/api/series?limit=ten",
        "/api/series?sort=size",
        "/api/series?library=x",
        "/api/series?cursor=x",
        "/api/books?cursor=x",
        "/api/books?series=x",
        "/api/books?sort=size",
        "/api/search?q=a&cursor=x",
        "/api/search?q=%00",
    ],
)
def test_programs_are_told_what_is_wrong_with_their_question(
    admin_client: FlaskClient, path: str
) -> None:
    answer = admin_client.get(path)
    assert answer.status_code == 422
    assert set(answer.json["error"]) == {"code", "message"}


@pytest.mark.parametrize("path", ["/api/series/99", "/api/books/99", "/api/books/99/file"])
def test_programs_are_told_what_is_not_there(admin_client: FlaskClient, path: str) -> None:
    answer = admin_client.get(path)
    assert answer.status_code == 404
    assert answer.json["error"]["code"] == "not_found"


# ---- the file


@pytest.fixture
def comic(tmp_path: Path) -> int:
    """A comic whose file is there; its name is not UTF-8."""
    name = b"1 \xff \xe9.cbz"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("1.jpg", b"page")
    library = add_library("Files", os.fsencode(tmp_path / "comics"))
    (tmp_path / "comics" / "Saga").mkdir(parents=True)
    with open(os.path.join(os.fsencode(tmp_path), b"comics/Saga", name), "wb") as file:
        file.write(content.getvalue())
    return add_comic(add_series(library, "Saga", folder=b"Saga"), name)


def download(client: FlaskClient, comic_id: int, **headers: str) -> TestResponse:
    return client.get(f"/api/books/{comic_id}/file", headers=headers, buffered=True)


def test_the_file_is_sent_as_it_is(admin_client: FlaskClient, comic: int) -> None:
    answer = download(admin_client, comic)
    assert answer.status_code == 200
    assert zipfile.ZipFile(io.BytesIO(answer.data)).namelist() == ["1.jpg"]
    assert answer.mimetype == "application/vnd.comicbook+zip"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="1 _ _.cbz"'
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_a_part_of_the_file_is_sent_when_a_part_is_asked_for(
    admin_client: FlaskClient, comic: int
) -> None:
    whole = download(admin_client, comic)
    part = download(admin_client, comic, Range="bytes=2-5")
    assert part.status_code == 206
    assert part.data == whole.data[2:6]
    assert part.headers["Content-Range"] == f"bytes 2-5/{len(whole.data)}"
    beyond = download(admin_client, comic, Range="bytes=9999999-")
    assert beyond.status_code == 416
    assert beyond.json["error"]["code"] == "bad_range"
    known = download(admin_client, comic, **{"If-None-Match": whole.headers["ETag"]})
    assert known.status_code == 304


def test_the_kind_of_file_is_told_by_its_content_and_not_its_name(
    admin_client: FlaskClient, comic: int
) -> None:
    with writing() as connection:
        connection.execute(comics.update().values(container="rar"))
    answer = download(admin_client, comic)
    assert answer.mimetype == "application/vnd.comicbook-rar"


def test_a_file_that_is_gone_is_named(admin_client: FlaskClient, series: int) -> None:
    comic = add_comic(series, "1.cbz")
    answer = download(admin_client, comic)
    assert answer.status_code == 410
    assert "Image/Saga (2012)/1.cbz is not there now" in answer.json["error"]["message"]


@pytest.mark.parametrize(
    "name", ["new\nline", "return\r", "red\x1b[31m", "line\u2028", "\u202ertl"]
)
@pytest.mark.parametrize("is_folder", [False, True])
def test_whatever_its_name_a_file_can_be_saved(
    admin_client: FlaskClient, data: Path, tmp_path: Path, name: str, is_folder: bool
) -> None:
    place = tmp_path / "comics" / name
    place.mkdir(parents=True) if is_folder else place.parent.mkdir()
    (place / "1.jpg" if is_folder else place).write_bytes(b"one")
    library = add_library("Files", os.fsencode(tmp_path / "comics"))
    comic = add_comic(add_series(library, "All", folder=b""), name)
    answer = download(admin_client, comic)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].isprintable()
    shown = "".join(one if one.isprintable() else "_" for one in name)
    assert shown.partition("[")[0] in answer.headers["Content-Disposition"]


def test_a_link_is_followed_to_what_a_scan_knows_and_to_nothing_else(
    admin_client: FlaskClient, comic: int, tmp_path: Path
) -> None:
    file = os.path.join(os.fsencode(tmp_path), b"comics/Saga/1 \xff \xe9.cbz")
    elsewhere = os.fsencode(tmp_path / "elsewhere")
    os.rename(file, elsewhere)
    os.symlink(elsewhere, file)
    status = os.stat(file)
    version = version_of(status.st_size, status.st_mtime_ns)
    with writing() as connection:
        connection.execute(comics.update().values(version=version, container=None))
    assert download(admin_client, comic).json["error"]["code"] == "no_comic"
    with writing() as connection:
        connection.execute(comics.update().values(container="zip"))
    assert download(admin_client, comic).status_code == 200
    (tmp_path / "secret").write_text("for nobody")
    os.unlink(file)
    os.symlink(tmp_path / "secret", os.fsdecode(file))
    assert download(admin_client, comic).status_code == 409


def test_a_pipe_in_the_place_of_a_file_holds_nobody_up(
    admin_client: FlaskClient, comic: int, tmp_path: Path
) -> None:
    file = os.path.join(os.fsencode(tmp_path), b"comics/Saga/1 \xff \xe9.cbz")
    os.unlink(file)
    os.mkfifo(file)
    assert download(admin_client, comic).status_code == 409


def test_a_folder_of_pictures_is_sent_as_an_archive(
    admin_client: FlaskClient, data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "comics" / "One Piece" / "Chapter 1.5 “é”"
    folder.mkdir(parents=True)
    files = {"1.jpg": b"one", "2.jpg": b"two", "cover.png": b"front", "ComicInfo.xml": b"<x/>"}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / ".hidden").write_bytes(b"secret")
    library = add_library("Files", os.fsencode(tmp_path / "comics"))
    comic = add_comic(add_series(library, "One Piece", folder=b"One Piece"), folder.name)
    answer = download(admin_client, comic)
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    assert archive.testzip() is None
    assert {name: archive.read(name) for name in archive.namelist()} == files
    assert archive.namelist()[0] == "cover.png"
    assert answer.mimetype == "application/vnd.comicbook+zip"
    assert "Chapter%201.5%20%E2%80%9C%C3%A9%E2%80%9D.cbz" in answer.headers["Content-Disposition"]
    assert download(admin_client, comic).data == answer.data
    for name in files:
        (folder / name).unlink()
    emptied = download(admin_client, comic)
    assert (emptied.status_code, emptied.json["error"]["code"]) == (409, "no_pages")
