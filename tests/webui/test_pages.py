"""A comic's pages over HTTP, with real archives and real children that unpack."""

from __future__ import annotations

import fcntl
import functools
import gzip
import http.client
import io
import json
import os
import signal
import sys
import tarfile
import termios
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from db import errors, page_cache, sessions, users
from db.engine import reading, writing
from db.errors import Failure
from db.file_versions import version_of
from db.settings import settings
from db.states import ErrorClass, Phase, WorkState
from tests.live import Live
from tests.shelf import Shelf, picture
from tests.trial import wait_for

PAGES = [picture(40, 60, colour) for colour in ("teal", "navy", "gold")]


@pytest.fixture
def shelf(data: Path, tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "comics")


def put(shelf: Shelf, comic_id: int, content: bytes) -> int:
    """Write a comic's file and tell the catalogue of it, as a scan would; answers its version."""
    path = shelf.folder / "Saga" / os.fsdecode(shelf.look(comic_id).file_name)
    path.write_bytes(content)
    status = path.stat()
    version = version_of(status.st_size, status.st_mtime_ns)
    shelf.change(
        comic_id, size=status.st_size, mtime_ns=status.st_mtime_ns, version=version, page_count=3
    )
    return version


def zipped(*pages: bytes, how: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", how) as archive:
        for number, page in enumerate(pages):
            archive.writestr(f"{number:03d}.jpg", page)
    return file.getvalue()


def tarred(*pages: bytes, mode: str = "w:gz") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]
        for number, page in enumerate(pages):
            entry = tarfile.TarInfo(f"{number:03d}.jpg")
            entry.size = len(page)
            archive.addfile(entry, io.BytesIO(page))
    return file.getvalue()


@pytest.fixture
def reader_client(reader_client: FlaskClient) -> FlaskClient:
    """A reader's browser that takes every answer in whole, as browsers do."""
    reader_client.open = functools.partial(reader_client.open, buffered=True)  # type: ignore[method-assign]
    return reader_client


@pytest.fixture
def comic(shelf: Shelf) -> int:
    """A stored ZIP of three pages."""
    comic_id = shelf.add("1.cbz")
    put(shelf, comic_id, zipped(*PAGES))
    return comic_id


def version(shelf: Shelf, comic_id: int) -> int:
    return int(shelf.look(comic_id).version)


# ---- straight from the archive ----


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_each_page_has_its_bytes_and_its_true_type(
    reader_client: FlaskClient, shelf: Shelf, how: int
) -> None:
    comic = shelf.add("1.cbz")
    put(shelf, comic, zipped(*PAGES, how=how))
    for _ in range(2):  # the second time it is known to be sound
        for number, page in enumerate(PAGES):
            answer = reader_client.get(f"/api/read/{comic}/pages/{number}")
            assert (answer.status_code, answer.data, answer.mimetype) == (200, page, "image/jpeg")


def test_the_media_type_is_told_by_the_content_not_by_the_name(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz")
    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, "PNG")
    put(shelf, comic, zipped(file.getvalue()))
    assert reader_client.get(f"/api/read/{comic}/pages/0").mimetype == "image/png"


def test_a_page_under_its_versions_address_may_be_kept_for_ever(
    reader_client: FlaskClient, shelf: Shelf, comic: int
) -> None:
    kept = reader_client.get(f"/api/read/{comic}/pages/0?v={version(shelf, comic)}")
    assert kept.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    for address in (f"/api/read/{comic}/pages/0", f"/api/read/{comic}/pages/0?v=1"):
        assert reader_client.get(address).headers["Cache-Control"] == "private, no-cache"


def test_a_page_that_is_had_already_is_not_sent_again(
    reader_client: FlaskClient, comic: int
) -> None:
    address = f"/api/read/{comic}/pages/1"
    tag = reader_client.get(address).headers["ETag"]
    again = reader_client.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    other = reader_client.get(f"/api/read/{comic}/pages/2", headers={"If-None-Match": tag})
    assert (other.status_code, other.data) == (200, PAGES[2])


def test_a_part_of_a_page_can_be_asked_for(reader_client: FlaskClient, comic: int) -> None:
    address = f"/api/read/{comic}/pages/2"
    assert reader_client.get(address).headers["Accept-Ranges"] == "bytes"
    part = reader_client.get(address, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, PAGES[2][10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(PAGES[2])}"


def test_the_server_sends_page_after_page_over_one_connection(
    shelf: Shelf, comic: int, reader: users.User, tmp_path: Path
) -> None:
    with writing() as connection:
        token = sessions.begin(connection, reader.id, "a test's browser")
    with Live(tmp_path / "log") as live:
        line = http.client.HTTPConnection("127.0.0.1", live.port, timeout=60)
        for _ in range(3):  # read and checked, then sent by the kernel
            for number, page in enumerate(PAGES):
                path = f"/api/read/{comic}/pages/{number}"
                line.request("GET", path, headers={"Cookie": f"session_token={token}"})
                answer = line.getresponse()
                assert (answer.status, answer.read()) == (200, page)
                assert not answer.will_close
        line.close()
        assert "Traceback" not in live.said()


def test_the_comic_is_opened_once_for_all_of_its_pages(
    app: Flask, reader_client: FlaskClient, comic: int
) -> None:
    for number in (0, 1, 2, 0):
        reader_client.get(f"/api/read/{comic}/pages/{number}")
    opened = app.extensions["pages"].comics._open
    assert len(opened) == 1


def test_a_comic_that_was_replaced_shows_its_new_pages(
    reader_client: FlaskClient, shelf: Shelf, comic: int
) -> None:
    address = f"/api/read/{comic}/pages/0?v={version(shelf, comic)}"
    assert reader_client.get(address).data == PAGES[0]
    path = shelf.folder / "Saga" / "1.cbz"
    fresh = path.with_suffix(".new")
    fresh.write_bytes(zipped(PAGES[2]))
    fresh.rename(path)
    answer = reader_client.get(address)
    assert answer.data == PAGES[2]
    assert answer.headers["Cache-Control"] == "private, no-cache"


# ---- what cannot be had ----


def damaged(*pages: bytes) -> bytes:
    """A stored ZIP whose first page has one wrong byte."""
    content = bytearray(zipped(*pages))
    content[content.index(pages[0]) + len(pages[0]) // 2] ^= 0xFF
    return bytes(content)


def test_a_damaged_page_is_told_to_programs_and_drawn_for_readers(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz")
    put(shelf, comic, damaged(*PAGES))
    address = f"/api/read/{comic}/pages/0"
    told = reader_client.get(address)
    assert told.status_code == 422
    assert told.json["error"]["code"] == "damaged"
    drawn = reader_client.get(address, headers={"Accept": "image/avif,image/*,*/*;q=0.8"})
    assert (drawn.status_code, drawn.mimetype) == (422, "image/svg+xml")
    assert (drawn.headers["Cache-Control"], drawn.headers["X-Page"]) == ("no-store", "damaged")
    assert "This page is damaged" in drawn.text
    assert reader_client.get(f"/api/read/{comic}/pages/1").data == PAGES[1]


def test_a_page_that_turns_out_to_be_damaged_is_an_error_of_its_comic(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz")
    put(shelf, comic, damaged(*PAGES))

    def said() -> list[tuple[str, str, int]]:
        with reading() as connection:
            found = errors.listing(connection, comic_id=comic)
        return [(one.error_class, one.message, one.attempts) for one in found]

    reader_client.get(f"/api/read/{comic}/pages/1")
    assert said() == []
    for _ in range(2):  # it is said once
        reader_client.get(f"/api/read/{comic}/pages/0")
    assert said() == [("damaged", "“000.jpg” in the archive is damaged.", 1)]


def test_a_file_that_nobody_has_indexed_yet_is_not_blamed(
    reader_client: FlaskClient, shelf: Shelf, comic: int
) -> None:
    (shelf.folder / "Saga" / "1.cbz").write_bytes(damaged(*PAGES) + b" ")
    assert reader_client.get(f"/api/read/{comic}/pages/0").status_code == 422
    with reading() as connection:
        assert errors.listing(connection, comic_id=comic) == []


def test_there_is_no_page_behind_the_last(reader_client: FlaskClient, comic: int) -> None:
    assert reader_client.get(f"/api/read/{comic}/pages/3").status_code == 404


def test_a_comic_that_is_not_on_the_disk_is_gone(
    reader_client: FlaskClient, shelf: Shelf, comic: int
) -> None:
    (shelf.folder / "Saga" / "1.cbz").unlink()
    for address in (f"/api/read/{comic}", f"/api/read/{comic}/pages/0"):
        answer = reader_client.get(address)
        assert (answer.status_code, answer.json["error"]["code"]) == (410, "file_missing")


def test_an_unknown_comic_is_not_found(reader_client: FlaskClient) -> None:
    assert reader_client.get("/api/read/99").status_code == 404
    assert reader_client.get("/api/read/99/pages/0").status_code == 404


def test_strangers_see_no_page(client: FlaskClient, comic: int) -> None:
    assert client.get(f"/api/read/{comic}").status_code == 401
    assert client.get(f"/api/read/{comic}/pages/0").status_code == 401


# ---- made by a child ----


def test_a_smaller_page_is_made_once(reader_client: FlaskClient, shelf: Shelf) -> None:
    comic = shelf.add("1.cbz")
    put(shelf, comic, zipped(picture(400, 600)))
    address = f"/api/read/{comic}/pages/0?width=100"
    answer = reader_client.get(address)
    with Image.open(io.BytesIO(answer.data)) as image:
        assert image.size == (100, 150)
    assert len(cached(shelf, comic)) == 1
    assert reader_client.get(address).data == answer.data


@pytest.mark.parametrize("width", ["0", "15", "5000", "x", "-3"])
def test_a_width_that_is_none_is_refused(
    reader_client: FlaskClient, comic: int, width: str
) -> None:
    answer = reader_client.get(f"/api/read/{comic}/pages/0?width={width}")
    assert answer.status_code == 422


def cached(shelf: Shelf, comic: int) -> set[str]:
    """The files of pages in the cache."""
    folder = page_cache.folder(comic, version(shelf, comic))
    return {file.name for file in folder.glob("*") if not file.name.startswith(".")}


def test_a_solid_archive_is_unpacked_once_for_all_its_pages(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbt")
    put(shelf, comic, tarred(*PAGES))
    assert reader_client.get(f"/api/read/{comic}/pages/1").data == PAGES[1]
    wait_for(lambda: cached(shelf, comic) == {"0", "1", "2"}, "all pages")
    (shelf.folder / "Saga" / "1.cbt").chmod(0)  # nobody needs it any more
    for number, page in enumerate(PAGES):
        assert reader_client.get(f"/api/read/{comic}/pages/{number}").data == page


def test_a_picture_that_browsers_do_not_show_is_made_into_one_they_do(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz")
    file = io.BytesIO()
    Image.new("RGB", (40, 60), "teal").save(file, "TIFF")
    put(shelf, comic, zipped(file.getvalue()))
    answer = reader_client.get(f"/api/read/{comic}/pages/0")
    assert answer.mimetype in ("image/jpeg", "image/png", "image/webp")
    with Image.open(io.BytesIO(answer.data)) as image:
        assert image.size == (40, 60)


def test_what_a_child_cannot_read_is_told_with_its_class(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbt")
    put(shelf, comic, b"This is no comic at all." * 40)
    answer = reader_client.get(f"/api/read/{comic}/pages/0")
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "unsupported")


def test_who_finds_no_seat_to_wait_in_is_told_when_to_ask_again(
    app: Flask, reader_client: FlaskClient, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbt")
    put(shelf, comic, tarred(*PAGES))
    desk = app.extensions["pages"]
    with ExitStack() as waiting:
        for seats in (desk.seats, desk.stools):
            while seats.acquire(blocking=False):
                waiting.callback(seats.release)
        answer = reader_client.get(f"/api/read/{comic}/pages/0")
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "pending")
    assert answer.headers["Retry-After"] == "1"
    assert reader_client.get(f"/api/read/{comic}/pages/0").data == PAGES[0]


def test_a_page_that_could_not_be_made_is_not_tried_again(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    others = set(children())
    comic = shelf.add("1.cbz")
    put(shelf, comic, zipped(b"This is no picture at all."))
    before = reader_client.get(f"/api/read/{comic}/pages/0?width=100")
    [child] = set(children()) - others
    os.kill(child, signal.SIGSTOP)
    again = reader_client.get(f"/api/read/{comic}/pages/0?width=100")
    os.kill(child, signal.SIGCONT)
    assert before.status_code == again.status_code == 422
    assert before.json == again.json
    put(shelf, comic, zipped(PAGES[0]))
    assert reader_client.get(f"/api/read/{comic}/pages/0?width=100").status_code == 200


def children() -> list[int]:
    """The processes that make pages for this one."""
    threads = Path("/proc/self/task").iterdir()
    pids = [int(pid) for one in threads for pid in (one / "children").read_text().split()]
    return [pid for pid in pids if b"stages.pages" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_a_child_that_is_killed_over_a_page_is_replaced_and_reading_goes_on(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    others = set(children())
    first, second = shelf.add("1.cbt"), shelf.add("2.cbt")
    for comic in (first, second):
        put(shelf, comic, tarred(*PAGES))
    assert reader_client.get(f"/api/read/{first}/pages/0").data == PAGES[0]
    [child] = set(children()) - others
    os.kill(child, signal.SIGSTOP)  # so that it has the next page in hand when it dies
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(reader_client.get, f"/api/read/{second}/pages/1")
        pipe = Path(f"/proc/{child}/fd/0")
        wait_for(lambda: unread(pipe) or waiting.done(), "the question")
        os.kill(child, signal.SIGKILL)
        answer = waiting.result()
    assert (answer.status_code, answer.data) == (200, PAGES[1])
    assert child not in children()


def test_where_no_page_can_be_written_what_nobody_reads_makes_room(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbt")
    version = put(shelf, comic, tarred(*PAGES))
    other = page_cache.folder(comic + 1, version)
    other.mkdir(parents=True)
    (other / "0").write_bytes(b"x")
    os.utime(other, (1_600_000_000, 1_600_000_000))
    page_cache.folder(comic, version).parent.write_bytes(b"in the way")
    answer = reader_client.get(f"/api/read/{comic}/pages/0")
    assert answer.status_code == 503
    assert "Is its disk full?" in answer.json["error"]["message"]
    assert not other.exists()


def test_a_comic_that_takes_long_does_not_stop_the_others(
    app: Flask, reader_client: FlaskClient, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LONGBOX_WORKERS", "1")
    settings.cache_clear()
    others = set(children())
    comics = [shelf.add(f"{number}.cbt") for number in range(3)]
    for comic in comics:
        put(shelf, comic, tarred(*PAGES))
    reader_client.get(f"/api/read/{comics[0]}/pages/0")
    wait_for(lambda: not app.extensions["pages"].makers._orders, "the pages behind that one")
    [child] = set(children()) - others
    os.kill(child, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(reader_client.get, f"/api/read/{comics[1]}/pages/0")
        wait_for(lambda: unread(Path(f"/proc/{child}/fd/0")), "the question")
        assert reader_client.get(f"/api/read/{comics[2]}/pages/0").data == PAGES[0]
        os.kill(child, signal.SIGCONT)
        assert waiting.result().data == PAGES[0]


def unread(pipe: Path) -> int:
    """How many bytes nobody has read yet."""
    with open(pipe, "rb") as end:
        return int.from_bytes(fcntl.ioctl(end, termios.FIONREAD, bytes(4)), sys.byteorder)


def test_a_picture_that_takes_too_much_memory_is_refused_and_reading_goes_on(
    reader_client: FlaskClient, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LONGBOX_MAX_MEMORY_MB", "160")
    comic = shelf.add("1.cbz")
    file = io.BytesIO()
    Image.new("L", (9000, 9000)).save(file, "TIFF", compression="tiff_lzw")
    put(shelf, comic, zipped(file.getvalue(), PAGES[1]))
    answer = reader_client.get(f"/api/read/{comic}/pages/0")
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "too_large")
    assert reader_client.get(f"/api/read/{comic}/pages/1?width=20").status_code == 200


# ---- the list of pages ----


def test_the_list_of_pages_has_their_addresses_and_sizes(
    reader_client: FlaskClient, shelf: Shelf, comic: int
) -> None:
    answer: Any = reader_client.get(f"/api/read/{comic}").json
    assert answer["version"] == version(shelf, comic)
    assert [(page["width"], page["height"]) for page in answer["pages"]] == [(40, 60)] * 3
    assert answer["chapters"] == []
    for number, page in enumerate(answer["pages"]):
        assert reader_client.get(page["url"]).data == PAGES[number]


def test_the_list_of_very_many_pages_is_short_and_packed(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbt")
    put(shelf, comic, tarred(*PAGES))
    shelf.change(comic, page_count=60_000)
    answer = reader_client.get(f"/api/read/{comic}", headers={"Accept-Encoding": "gzip, br"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.data) < 300_000
    pages = json.loads(gzip.decompress(answer.data))["pages"]
    assert (len(pages), pages[59_999].keys()) == (60_000, {"url"})
    plain = reader_client.get(f"/api/read/{comic}", headers={"Accept-Encoding": "gzip;q=0"})
    assert len(plain.json["pages"]) == 60_000


def complain(shelf: Shelf, comic_id: int, error_class: ErrorClass, message: str) -> None:
    """Say of a comic what a scan that looked into it would."""
    name = os.fsdecode(shelf.look(comic_id).file_name)
    failure = Failure(f"Saga/{name}".encode(), error_class, message, comic_id)
    with writing() as connection:
        errors.report(connection, shelf.job_id, shelf.library_id, Phase.INDEX, [failure])


def test_what_a_scan_gave_up_is_refused_with_its_reason_and_passed_over(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    one, torn, three = (shelf.add(f"{n}.cbt", sort_number=n, page_count=3) for n in (1.0, 2.0, 3.0))
    before = reader_client.get(f"/api/read/{one}").json
    assert (before["next"], before["passed_over"]["next"]) == (torn, False)
    put(shelf, torn, tarred(*PAGES))
    shelf.change(torn, index_state=WorkState.FAILED)
    complain(shelf, torn, ErrorClass.ENCRYPTED, "All of its pages need a password.")
    refused = reader_client.get(f"/api/read/{torn}")
    assert refused.status_code == 422
    assert refused.json["error"]["code"] == "encrypted"
    assert refused.json["error"]["message"].startswith("All of its pages need a password. Unpack")
    after = reader_client.get(f"/api/read/{one}").json
    assert (after["next"], after["passed_over"]) == (three, {"previous": False, "next": True})
    assert reader_client.get(f"/api/read/{three}").json["previous"] == one
    page = reader_client.get(f"/comic/{torn}").text
    assert "Unpack it with its password" in page
    assert f"/read/{torn}" not in page
    assert "<keep-offline" not in page


def test_a_comic_that_is_not_whole_says_so(
    reader_client: FlaskClient, shelf: Shelf, comic: int
) -> None:
    complain(shelf, comic, ErrorClass.METADATA_INVALID, "ComicInfo.xml is no XML.")
    assert reader_client.get(f"/api/read/{comic}").json["complaint"] is None
    sentence = "The end of the archive is missing: 3 pages are whole."
    complain(shelf, comic, ErrorClass.TRUNCATED, sentence)
    assert reader_client.get(f"/api/read/{comic}").json["complaint"] == sentence


def test_the_direction_is_the_comics(reader_client: FlaskClient, shelf: Shelf, comic: int) -> None:
    assert reader_client.get(f"/api/read/{comic}").json["direction"] == "ltr"
    shelf.change(comic, right_to_left=True)
    assert reader_client.get(f"/api/read/{comic}").json["direction"] == "rtl"


def test_sizes_of_pages_that_must_be_unpacked_are_known_once_they_are(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    """Unpacking begins with the list, before the first page is asked for."""
    comic = shelf.add("1.cbt")
    put(shelf, comic, tarred(*PAGES))
    before = reader_client.get(f"/api/read/{comic}").json["pages"]
    assert not any("width" in page for page in before)
    wait_for(lambda: cached(shelf, comic) == {"0", "1", "2"}, "all pages")
    after = reader_client.get(f"/api/read/{comic}").json["pages"]
    assert [page["width"] for page in after] == [40] * 3


def test_a_comic_that_could_not_be_read_by_the_scan_says_so(
    reader_client: FlaskClient, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbt", index_state=WorkState.FAILED)
    put(shelf, comic, tarred(*PAGES))
    shelf.change(comic, page_count=None)
    answer = reader_client.get(f"/api/read/{comic}")
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "unreadable")


# ---- the cache ----


def test_the_comics_read_longest_ago_leave_the_cache_first(data: Path) -> None:
    folders = [page_cache.folder(number, 1) for number in (1, 2, 3)]
    for age, folder in enumerate(folders):
        folder.mkdir(parents=True)
        (folder / "0").write_bytes(b"x" * 1000)
        os.utime(folder, (1_600_000_000 + age, 1_600_000_000 + age))
    page_cache.prune(2000)
    assert [folder.exists() for folder in folders] == [False, True, True]


def test_a_comic_that_is_being_read_stays(data: Path) -> None:
    folder = page_cache.folder(1, 1)
    folder.mkdir(parents=True)
    (folder / "0").write_bytes(b"x" * 1000)
    page_cache.prune(0)
    assert folder.exists()
    assert settings().pages in folder.parents


def test_comics_read_a_moment_ago_go_when_there_is_far_too_much(data: Path) -> None:
    folders = [page_cache.folder(number, 1) for number in range(20)]
    for age, folder in enumerate(reversed(folders)):
        folder.mkdir(parents=True)
        (folder / "0").write_bytes(b"x" * 1000)
        read_at = time.time() - 10 - age
        os.utime(folder, (read_at, read_at))
    assert not page_cache.prune(16_000)
    assert [folder.exists() for folder in folders] == [False] * 3 + [True] * 17


def test_what_is_too_much_goes_when_nobody_reads_it_any_more(data: Path) -> None:
    folder = page_cache.folder(1, 1)
    folder.mkdir(parents=True)
    with (folder / "0").open("wb") as file:
        file.truncate(settings().page_cache_bytes + 1)
    budget = page_cache.Budget()
    budget.spend(1)
    budget.settle()
    assert folder.exists()
    os.utime(folder, (1_600_000_000, 1_600_000_000))
    budget.settle()
    assert not folder.exists()
