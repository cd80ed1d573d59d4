"""The library's pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, insert

from db import engine, errors, registration
from db.engine import writing
from db.errors import Failure
from db.schema import publishers
from db.states import ComicState, ErrorClass, JobStatus, Phase, WorkState
from tests.catalogue_rows import add_comic, add_library, add_series
from tests.scan_rows import add_job


@pytest.fixture
def library(data: Path) -> int:
    return add_library()


@pytest.fixture
def series(library: int) -> int:
    return add_series(library, "Saga (2012)", folder=b"Image/Saga (2012)", category="Image")


def cards(page: str) -> list[str]:
    """The names below the cards of a page's wall."""
    wall = page.partition('id="wall"')[2]
    return [unescape(name) for name in re.findall(r'class="card-name">([^<]*)<', wall)]


def more(page: str) -> str:
    """Where the link More leads."""
    found = re.search(r'rel="next" href="([^"]+)">More', page)
    return unescape(found[1]) if found else ""


@contextmanager
def queries() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        if sql != "BEGIN":
            seen.append(sql)

    event.listen(engine.reader(), "before_cursor_execute", note)
    yield seen
    event.remove(engine.reader(), "before_cursor_execute", note)


def fill_wall(library: int, many: int) -> None:
    for number in range(many):
        add_comic(add_series(library, f"Series {number}"), "1.cbz", number="1")


def test_the_wall_goes_on_where_it_ended(admin_client: FlaskClient, library: int) -> None:
    fill_wall(library, 130)
    page = admin_client.get("/").text
    names = cards(page)
    assert len(names) == 60
    while more(page):
        page = admin_client.get(more(page)).text
        names += cards(page)
    assert names == [f"Series {number}" for number in range(130)]


def test_a_page_of_the_wall_takes_three_queries(admin_client: FlaskClient, library: int) -> None:
    fill_wall(library, 70)
    following = more(admin_client.get("/").text)
    with queries() as seen:
        assert cards(admin_client.get(following).text)
    assert len(seen) == 3  # the series, the shelves, what is read; who asks is known
    with queries() as seen:
        admin_client.get("/")
    assert len(seen) == 7  # and what was added recently and read of that, is begun, is next


@pytest.mark.parametrize(
    ("address", "many"),
    [
        ("/?library=1", 4),
        ("/recent", 3),
        ("/series/1", 12),
        ("/search?q=series", 7),
        ("/api/series", 2),
        ("/api/books", 3),
        ("/api/search?q=series", 6),
    ],
)
def test_a_page_takes_one_query_more_while_somebody_writes(
    admin_client: FlaskClient, library: int, address: str, many: int
) -> None:
    fill_wall(library, 70)
    admin_client.get(address)
    with engine.writing() as connection:
        registration.set_open(connection, True)
    with queries() as seen:
        assert admin_client.get(address).status_code == 200
    assert len(seen) == many, seen
    with queries() as seen:
        admin_client.get(address)
    assert len(seen) == many - 1, "who asks, with all that the top of a page says, is known"


def test_the_wall_is_narrowed_down_and_sorted_by_its_address(
    admin_client: FlaskClient, library: int
) -> None:
    add_series(library, "Old", category="Image", year=1980)
    add_series(library, "New", category="Image", year=2020, subcategory="Skybound")
    add_series(library, "Other", category="Dargaud")
    page = admin_client.get("/?category=Image&sort=year").text
    assert cards(page) == ["New", "Old"]
    assert "Recently added" not in page.partition("</header>")[2]
    assert cards(admin_client.get("/?category=Image&subcategory=Skybound").text) == ["New"]
    assert "Nothing on this shelf" in admin_client.get("/?category=Nowhere").text


def test_a_series_without_its_year_in_the_name(admin_client: FlaskClient, series: int) -> None:
    add_comic(series, "Saga 001.cbz", number="1", title="Chapter One")
    add_comic(series, "Saga 002.cbz", number="2", state=ComicState.MISSING)
    page = admin_client.get(f"/series/{series}").text
    assert re.search(r"<h1>Saga <span class=\"year\">2012</span></h1>", page)
    assert cards(page) == ["#1", "#2"]
    assert "Chapter One" in page
    assert "File missing" in page
    assert "1 missing" in page


def test_a_comic_that_is_not_indexed_has_the_number_of_its_file_name(
    admin_client: FlaskClient, series: int
) -> None:
    pending = {"index_state": WorkState.PENDING, "page_count": None}
    add_comic(series, "Saga 007 (2012).cbz", **pending)
    add_comic(series, "Prologue.cbz", **pending)
    page = admin_client.get(f"/series/{series}").text
    assert set(cards(page)) == {"#7", "Prologue"}


def test_a_cover_that_is_there_is_shown_and_one_to_come_is_asked_for(
    admin_client: FlaskClient, series: int
) -> None:
    done = add_comic(series, "1.cbz", thumbnail_state=WorkState.DONE, version=5)
    failed = add_comic(series, "2.cbz", thumbnail_state=WorkState.FAILED)
    pending = add_comic(series, "3.cbz", version=9)
    wall = admin_client.get(f"/series/{series}").text.partition('id="wall"')[2]
    assert f'src="/api/cover/{done}?v=5"' in wall
    assert f'data-comic="{pending}" data-version="9"' in wall
    assert f'data-comic="{failed}"' not in wall
    assert f"/api/cover/{failed}" not in wall


def test_a_comics_page_has_all_its_metadata(admin_client: FlaskClient, series: int) -> None:
    first = add_comic(series, "1.cbz", number="1", sort_number=1.0)
    comic = add_comic(
        series,
        "2.cbz",
        number="2",
        sort_number=2.0,
        title="The <b>Will</b>",
        summary="A story & more",
        release_date="2012-04",
        issue_count=54,
        web="https://comics.example/saga javascript:alert(1)",
        by=(("writer", "Brian Vaughan"), ("cover_artist", "Fiona Staples")),
        tagged=(("character", "Alana", None), ("story_arc", "The Flight", "2")),
    )
    page = admin_client.get(f"/comic/{comic}").text
    for words in (
        "The &lt;b&gt;Will&lt;/b&gt;",
        "A story &amp; more",
        "<dd>April 2012</dd>",
        "2 of 54",
        '<a href="/search?q=Brian+Vaughan">Brian Vaughan</a>',
        "Written by",
        "Fiona Staples",
        "Alana",
        "The Flight <small>part 2</small>",
        "Image/Saga (2012)/2.cbz",
        "30.0 MB",
        '<a href="https://comics.example/saga"',
        f'rel="prev" href="/comic/{first}"',
        f'href="/api/books/{comic}/file"',
    ):
        assert words in page
    assert 'href="javascript' not in page
    assert 'rel="next"' not in page


def where_from(page: str) -> dict[str, tuple[str, str]]:
    """The lines of "Where this comes from": field → value and source."""
    lines = re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td>', page)
    return {unescape(field): (unescape(value), unescape(place)) for field, value, place in lines}


def test_a_comics_page_tells_where_each_field_comes_from(
    admin_client: FlaskClient, series: int
) -> None:
    comic = add_comic(
        series,
        "Saga 002 (2012).cbz",
        title="The Will",
        number="2",
        release_date="2012-04",
        summary="word " * 100,
        language="en",
        by=(("writer", "Ann One"), ("writer", "Bob Two"), ("inker", "Di Four")),
        tagged=(("story_arc", "Flight", "2"),),
        sources="comicinfo number=filename inker=metroninfo",
    )
    told = where_from(admin_client.get(f"/comic/{comic}").text)
    assert told.pop("Summary")[0].endswith("word …")
    assert told == {
        "On the shelf": ("Saga (2012)", "the folder it is in, Image/Saga (2012)"),
        "Category": ("Image", "its path, Image/Saga (2012)"),
        "Title": ("The Will", "ComicInfo.xml in the file"),
        "Number": ("2", "the file’s name"),
        "Released": ("April 2012", "ComicInfo.xml in the file"),
        "Language": ("English", "ComicInfo.xml in the file"),
        "Written by": ("Ann One, Bob Two", "ComicInfo.xml in the file"),
        "Inks": ("Di Four", "MetronInfo.xml in the file"),
        "Story arcs": ("Flight", "ComicInfo.xml in the file"),
    }
    assert admin_client.get(f"/api/books/{comic}").get_json()["sources"] == {
        "title": "comicinfo",
        "number": "filename",
        "release_date": "comicinfo",
        "summary": "comicinfo",
        "language": "comicinfo",
        "writer": "comicinfo",
        "inker": "metroninfo",
        "story_arc": "comicinfo",
    }


def test_a_comic_of_another_series_than_its_folder_says_so(
    admin_client: FlaskClient, series: int
) -> None:
    other = add_comic(series, "1.cbz", series_title="Star Wars")
    own = add_comic(series, "2.cbz", series_title="SAGA")
    said = "on the shelf with “Saga (2012)”"
    assert said in admin_client.get(f"/comic/{other}").text
    assert said not in admin_client.get(f"/comic/{own}").text


def test_what_a_series_json_says_counts_for_comics_that_do_not_say(
    admin_client: FlaskClient, library: int
) -> None:
    series = add_series(library, "Saga", publisher="Image", imprint="Skybound")
    comic = add_comic(series, "1.cbz")
    book = admin_client.get(f"/api/books/{comic}").get_json()
    assert (book["publisher"], book["imprint"]) == ("Image", "Skybound")
    assert book["sources"] == {"publisher": "series.json", "imprint": "series.json"}


def test_a_series_tells_where_each_field_comes_from(
    admin_client: FlaskClient, library: int
) -> None:
    series = add_series(
        library,
        "Saga (2012)",
        folder=b"Image/Deep/Saga (2012)",
        category="Image",
        subcategory="Deep",
        year=2012,
        year_from_name=True,
        status="Ended",
    )
    with writing() as connection:
        publisher = connection.execute(insert(publishers).values(name="Image Comics"))
        named = {"publisher_id": publisher.inserted_primary_key[0]}
    add_comic(series, "1.cbz", **named)
    add_comic(series, "2.cbz")
    told = admin_client.get(f"/api/series/{series}").get_json()
    assert told["publisher"] == "Image Comics"
    assert told["sources"] == {
        "name": "folder",
        "category": "folder",
        "subcategory": "folder",
        "publisher": "comics",
        "year": "folder",
        "status": "series.json",
    }
    page = where_from(admin_client.get(f"/series/{series}").text)
    assert page["Publisher"] == ("Image Comics", "the metadata of its comics")
    assert page["Year"] == ("2012", "the folder’s name")
    assert page["Category"] == ("Image", "its path, Image/Deep/Saga (2012)")


def test_a_comic_that_cannot_be_read_says_why_and_what_to_do(
    admin_client: FlaskClient, series: int, library: int
) -> None:
    comic = add_comic(series, "1.cbz", index_state=WorkState.FAILED)
    job = add_job(library)
    with writing() as connection:
        failure = Failure(b"1.cbz", ErrorClass.TRUNCATED, "It ends in the middle.", comic)
        errors.report(connection, job, library, Phase.INDEX, [failure])
    page = admin_client.get(f"/comic/{comic}").text
    assert "It ends in the middle." in page
    assert errors.ADVICE[ErrorClass.TRUNCATED] in page


def test_a_missing_comic_says_so_and_cannot_be_downloaded(
    admin_client: FlaskClient, series: int
) -> None:
    comic = add_comic(series, "1.cbz", state=ComicState.MISSING)
    page = admin_client.get(f"/comic/{comic}").text
    assert "not on the disk now" in page
    assert "Download" not in page


def test_the_search_shows_series_before_comics(admin_client: FlaskClient, series: int) -> None:
    add_comic(series, "1.cbz", number="1", title="Chapter One")
    page = admin_client.get("/search?q=saga").text
    assert page.index(f"/series/{series}") < page.index('id="wall"')
    assert cards(page) == ["Saga"]
    assert "Nothing found for “&lt;i&gt;”" in admin_client.get("/search?q=<i>").text
    assert "people who made them" in admin_client.get("/search").text


def test_an_empty_longbox_tells_an_admin_what_to_do(
    admin_client: FlaskClient, reader_client: FlaskClient
) -> None:
    assert "Add a library" in admin_client.get("/").text
    page = reader_client.get("/").text
    assert "Add a library" not in page
    assert "The person who runs this server" in page


def test_a_library_without_comics_asks_for_a_scan(
    admin_client: FlaskClient, reader_client: FlaskClient, library: int
) -> None:
    assert "No comics yet" in admin_client.get("/").text
    assert "Ask the person" in reader_client.get("/").text


def test_a_short_wall_fills_by_itself_while_a_scan_runs(
    admin_client: FlaskClient, library: int
) -> None:
    add_job(library, discover_done=12)
    page = admin_client.get("/").text
    assert "data-live" in page
    assert "Your library is on its way" in page
    fill_wall(library, 3)
    page = admin_client.get("/").text
    assert "Comics appear here as they are found." in page
    assert len(cards(page)) == 3


def test_a_wall_is_still_when_the_scan_is_over(admin_client: FlaskClient, library: int) -> None:
    add_job(library, status=JobStatus.COMPLETED)
    assert "data-live" not in admin_client.get("/").text


def test_what_a_held_scan_asks_is_not_on_the_wall(reader_client: FlaskClient, library: int) -> None:
    add_job(library, status=JobStatus.HELD, last_error="All are gone from /srv/comics.")
    page = reader_client.get("/").text
    assert "/srv/comics" not in page
    assert "data-live" not in page


def test_only_admins_see_what_is_for_admins(
    admin_client: FlaskClient, reader_client: FlaskClient, library: int
) -> None:
    fill_wall(library, 1)
    for words in ("data-scan", "Libraries", "Users"):
        assert words in admin_client.get("/").text
        assert words not in reader_client.get("/").text


def test_recently_added_comics_come_newest_first(admin_client: FlaskClient, series: int) -> None:
    for number in range(1, 62):
        add_comic(series, f"{number}.cbz", number=str(number))
    page = admin_client.get("/recent").text
    assert page.index("#61") < page.index("#60")
    assert cards(admin_client.get(more(page)).text) == ["Saga"]


@pytest.mark.parametrize("chosen", ["dark", "light", "device"])
def test_the_theme_is_in_the_page_from_the_start(
    admin_client: FlaskClient, chosen: str, library: int
) -> None:
    media = {"dark": "not all", "light": "all", "device": "(prefers-color-scheme: light)"}
    assert f'media="{media["dark"]}"' in admin_client.get("/").text
    admin_client.set_cookie("theme", chosen)
    assert f'media="{media[chosen]}"' in admin_client.get("/").text
    admin_client.set_cookie("theme", '"><script>')
    assert f'media="{media["dark"]}"' in admin_client.get("/").text
    admin_client.put("/api/preferences", json={"theme": chosen})
    assert f'media="{media[chosen]}"' in admin_client.get("/").text


@pytest.mark.parametrize(
    "path",
    ["/series/99", "/comic/99", "/comic/x", "/comic/99999999999999999999", "/nowhere", "/series/"],
)
def test_what_is_not_there_is_a_page_that_says_so(admin_client: FlaskClient, path: str) -> None:
    answer = admin_client.get(path)
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert "Go to the library" in answer.text


@pytest.mark.parametrize(
    "path", ["/?cursor=x", "/?sort=size", "/?library=x", "/?library=0", "/?category=%00"]
)
def test_a_page_with_a_senseless_address_says_so(admin_client: FlaskClient, path: str) -> None:
    answer = admin_client.get(path)
    assert answer.status_code == 422
    assert "Go to the library" in answer.text


def test_no_page_has_code_or_style_in_it(admin_client: FlaskClient, series: int) -> None:
    comic = add_comic(series, "1.cbz", number="1")
    for path in ("/", f"/series/{series}", f"/comic/{comic}", "/search?q=saga", "/recent"):
        page = admin_client.get(path).text
        assert " style=" not in page
        assert "<style" not in page
        assert not re.search(r"<script(?![^>]* src=)", page)
        assert not re.search(r"\son[a-z]+=", page)
