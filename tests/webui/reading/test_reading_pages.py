"""The pages of one's reading: shelves, buttons, lists, charts, the journal, the admin's restore."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete

from db import users
from db.engine import writing
from db.reading import keep
from db.reading.statistics import streaks
from db.schema import comics, reading_progress
from tests.reading_rows import everything, known_of, rows
from webui import charts
from webui.charts import Point
from webui.own_reading import duration


def turn(client: FlaskClient, comic: int, page: int, ago: float = 0) -> None:
    at = (datetime.now(UTC) - timedelta(seconds=ago)).isoformat()
    body = {"page": page, "at": at, "session": f"s{comic}{page}", "sequence": 1, "seconds": 90}
    assert client.put(f"/api/progress/{comic}", json=body).status_code == 200


def press(client: FlaskClient, address: str, do: str, **more: object) -> str:
    answer = client.post(address, data={"do": do, **more}, follow_redirects=True)
    assert answer.status_code == 200
    return answer.text


def shelf(page: str, name: str) -> list[str]:
    """The addresses on a shelf of the home page."""
    found = re.search(rf'id="{name}">.*?</section>', page, re.DOTALL)
    return re.findall(r'class="card[^"]*" href="([^"]+)"', found[0]) if found else []


def test_home_begins_with_what_one_reads_and_only_when_one_does(
    reader_client: FlaskClient, admin_client: FlaskClient, numbers: list[int]
) -> None:
    turn(reader_client, numbers[0], 19, ago=60)
    turn(reader_client, numbers[2], 4)
    home = reader_client.get("/").text
    assert shelf(home, "begun") == [f"/read/{numbers[2]}"]
    assert not shelf(home, "following")  # of a series of which a comic is begun
    turn(reader_client, numbers[2], 19)
    home = reader_client.get("/").text
    assert shelf(home, "following") == [f"/read/{numbers[3]}"]
    assert not shelf(home, "begun")
    other = admin_client.get("/").text
    assert not shelf(other, "begun")
    assert not shelf(other, "following")


def test_cards_say_how_far_one_has_read(reader_client: FlaskClient, numbers: list[int]) -> None:
    turn(reader_client, numbers[0], 19)
    turn(reader_client, numbers[1], 4)
    for address in ("/series/1", "/recent", "/search?q=saga"):
        page = reader_client.get(address).text
        wall = page[page.index('id="wall"') :]
        assert wall.count('class="tick"') == 1, address
        assert wall.count('value="25" aria-label="25 % read"') == 1, address
    assert 'value="20" aria-label="20 % read"' in reader_client.get("/").text  # of the series


def test_a_series_is_narrowed_down_to_what_is_read_or_not(
    reader_client: FlaskClient, numbers: list[int]
) -> None:
    turn(reader_client, numbers[0], 19)
    turn(reader_client, numbers[1], 4)

    def shown(read: str) -> list[int]:
        page = reader_client.get(f"/series/1?read={read}").text
        return [int(one) for one in re.findall(r'href="/comic/(\d+)"', page)]

    assert shown("read") == [numbers[0]]
    assert shown("reading") == [numbers[1]]
    assert shown("unread") == numbers[2:]
    assert reader_client.get("/series/1?read=twice").status_code == 422


def test_the_buttons_of_a_comic_do_what_they_say(
    reader_client: FlaskClient, reader: users.User, numbers: list[int]
) -> None:
    address = f"/comic/{numbers[2]}/reading"
    assert "Continue on page" not in reader_client.get(f"/comic/{numbers[2]}").text
    turn(reader_client, numbers[2], 4)
    assert "Continue on page 5" in reader_client.get(f"/comic/{numbers[2]}").text
    page = press(reader_client, address, "read")
    assert "Read again" in page
    assert "Read on 20" in page
    page = press(reader_client, address, "stars-4")
    assert "Your rating: 4 of 5 stars" in page
    assert 'value="unrate"' in page
    for do, opposite in (("favour", "unfavour"), ("want", "unwant")):
        assert f'value="{opposite}" aria-pressed="true"' in press(reader_client, address, do)
        assert f'value="{do}" aria-pressed="false"' in press(reader_client, address, opposite)
    press(reader_client, address, "unrate")
    press(reader_client, address, "read-before")
    read = {row.comic_id for row in rows(reading_progress) if row.completed}
    assert read == set(numbers[:3])
    page = press(reader_client, address, "unread")
    assert "Read again" not in page
    assert reader_client.post(address, data={"do": "dance"}).status_code == 422
    assert reader_client.post("/comic/99/reading", data={"do": "favour"}).status_code == 404


def test_the_buttons_of_a_series_do_what_they_say(
    reader_client: FlaskClient, numbers: list[int]
) -> None:
    turn(reader_client, numbers[0], 19)
    page = reader_client.get("/series/1").text
    assert "Read #2" in page
    assert "1 of 5 read" in page
    assert "You have read it all" in press(reader_client, "/series/1/reading", "read")
    assert "Read #1" in press(reader_client, "/series/1/reading", "unread")
    assert 'value="unfavour"' in press(reader_client, "/series/1/reading", "favour")
    assert reader_client.post("/series/1/reading", data={"do": "dance"}).status_code == 422


def test_bookmarks_and_notes_are_on_the_comics_page_and_on_one_of_their_own(
    reader_client: FlaskClient, numbers: list[int]
) -> None:
    reader_client.put(f"/api/bookmarks/{numbers[0]}/3", json={"note": "the <ship>"})
    body = {"book": numbers[0], "page": 5, "text": "look", "highlight": "KRAK"}
    reader_client.post("/api/notes", json=body)
    for address in (f"/comic/{numbers[0]}", "/bookmarks"):
        page = reader_client.get(address).text
        assert f'href="/read/{numbers[0]}?page=4"' in page
        assert f'href="/read/{numbers[0]}?page=6"' in page
        assert "the &lt;ship&gt;" in page
        assert "look" in page


def test_ones_own_shelves(
    reader_client: FlaskClient, admin_client: FlaskClient, numbers: list[int]
) -> None:
    turn(reader_client, numbers[0], 4)
    turn(reader_client, numbers[1], 19)
    press(reader_client, f"/comic/{numbers[2]}/reading", "favour")
    press(reader_client, "/series/1/reading", "want")
    for address, card in (
        ("/reading", f"/comic/{numbers[0]}"),
        ("/reading/finished", f"/comic/{numbers[1]}"),
        ("/favourites", f"/comic/{numbers[2]}"),
        ("/want-to-read", "/series/1"),
    ):
        assert f'href="{card}"' in reader_client.get(address).text, address
        assert "Nothing here yet" in admin_client.get(address).text, address


def test_a_list_is_made_filled_shown_and_removed_in_its_pages(
    reader_client: FlaskClient, admin_client: FlaskClient, numbers: list[int]
) -> None:
    page = reader_client.post("/lists", data={"name": "Best"}, follow_redirects=True)
    assert "An empty list" in page.text
    address = page.request.path
    list_id = address.rpartition("/")[2]
    press(reader_client, f"/comic/{numbers[0]}/reading", "add", list=list_id)
    press(reader_client, "/series/1/reading", "add", list=list_id)
    filled = reader_client.get(address).text
    assert f'href="/comic/{numbers[0]}"' in filled
    assert 'href="/series/1"' in filled
    assert admin_client.get(address).status_code == 404
    reader_client.post(address, data={"name": "Best of all", "public": "on", "description": "!"})
    shown = admin_client.get(address).text
    assert "by Rita" in shown
    assert "Take out" not in shown
    assert "Best of all" in admin_client.get("/lists").text
    beyond = reader_client.post(f"{address}/take-out", data={"comic": "9" * 40})
    assert beyond.status_code == 422
    beyond = reader_client.post("/series/1/reading", data={"do": "add", "list": "9" * 40})
    assert beyond.status_code == 422
    reader_client.post(f"{address}/take-out", data={"comic": numbers[0]})
    assert f'href="/comic/{numbers[0]}"' not in reader_client.get(address).text
    assert "needs a name" in reader_client.post(address, data={"name": " "}).text
    assert reader_client.post("/lists", data={"name": "Best of all"}).status_code == 422
    assert admin_client.post(f"{address}/remove").status_code == 404
    reader_client.post(f"{address}/remove")
    assert "You have no list yet" in reader_client.get("/lists").text


def test_the_history_tells_day_by_day_also_of_comics_that_are_gone(
    reader_client: FlaskClient, numbers: list[int]
) -> None:
    turn(reader_client, numbers[0], 4)
    turn(reader_client, numbers[1], 9)
    with writing() as connection:
        keep.set_aside(connection, comic_ids=[numbers[1]])
        connection.execute(delete(comics).where(comics.c.id == numbers[1]))
    page = reader_client.get("/history").text
    assert f'href="/comic/{numbers[0]}"' in page
    assert "Saga #2" in page
    assert "no longer here" in page
    assert "Page 10, 2 min" in page


def test_statistics_are_drawn_and_told(reader_client: FlaskClient, numbers: list[int]) -> None:
    assert "Nothing to count yet" in reader_client.get("/statistics").text
    turn(reader_client, numbers[0], 19)
    page = reader_client.get("/statistics").text
    assert page.count('<svg class="chart"') == 2
    assert page.count('role="img" aria-label="Pages read') == 2
    assert page.count('<svg class="one-bar"') == 1
    assert "comic read" in page
    assert re.search(r"\d{4}: 1 page</title>", page)
    assert "Saga" in page
    assert "style=" not in page


def test_a_change_is_taken_back_in_the_journals_page(
    reader_client: FlaskClient, admin_client: FlaskClient, numbers: list[int]
) -> None:
    press(reader_client, "/series/1/reading", "read")
    page = reader_client.get("/journal").text
    assert page.count('<b class="words">unread → read') == 5
    (address,) = re.findall(r'action="(/journal/\w+/undo)"', page)
    assert admin_client.post(address).status_code == 404
    assert "5 changes are taken back" in reader_client.post(address, follow_redirects=True).text
    again = reader_client.post(address, follow_redirects=True).text
    assert "Nothing was taken back. 5 were changed since and stayed." in again
    assert "notice good" not in again
    assert not [row for row in rows(reading_progress) if row.completed]


def test_an_admin_brings_somebodys_reading_back_and_sees_first_what_that_changes(
    reader_client: FlaskClient, admin_client: FlaskClient, reader: users.User, numbers: list[int]
) -> None:
    address = f"/users/{reader.id}/reading"
    press(reader_client, f"/comic/{numbers[0]}/reading", "stars-4")
    before = known_of(reader.id)
    page = admin_client.get(address).text
    assert "4 stars" in page
    long_ago = "2020-01-01T00:00:00"
    plan = admin_client.get(f"{address}?to={long_ago}").text
    assert "1 entry would change" in plan
    assert "rating taken back" in plan
    assert known_of(reader.id) == before
    done = admin_client.post(address, data={"to": long_ago}, follow_redirects=True).text
    assert "1 entry is as before" in done
    assert not known_of(reader.id)
    assert "Ada, " in reader_client.get("/journal").text
    assert "Nothing has changed since" in admin_client.get(f"{address}?to={long_ago}").text
    for query in ("?to=yesterday", "?to=2020-99-01"):
        assert admin_client.get(address + query).status_code == 422
    assert admin_client.post(address).status_code == 422
    assert reader_client.get(address).status_code == 403
    assert reader_client.post(address, data={"to": long_ago}).status_code == 403
    assert admin_client.get("/users/99/reading").status_code == 404


def test_a_file_is_brought_in_on_the_account_page(
    reader_client: FlaskClient, numbers: list[int]
) -> None:
    press(reader_client, f"/comic/{numbers[0]}/reading", "favour")
    file = reader_client.get("/api/reading").data
    before = everything()

    def bring(data: bytes) -> str:
        form = {"file": (io.BytesIO(data), "reading.json")}
        return reader_client.post("/account/reading", data=form).text

    assert "0 entries are new or changed, 1 were here already" in bring(file)
    elsewhere = file.replace(b"Saga/Saga 1.cbz", b"Nowhere/x.cbz").replace(b"01" * 16, b"99" * 16)
    assert "1 are kept until their comics turn up" in bring(elsewhere)
    assert "The file is not JSON" in bring(b"nonsense")
    assert everything() == before


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([], (0, 0)),
        ([10], (1, 1)),
        ([9], (1, 1)),
        ([8], (0, 1)),
        ([1, 2, 3, 5, 9, 10], (2, 3)),
        ([1, 2, 3, 4, 8], (0, 4)),
    ],
)
def test_a_streak_goes_on_until_a_whole_day_is_missed(
    days: list[int], expected: tuple[int, int]
) -> None:
    read_on = [date(2026, 11, day) for day in days]
    assert streaks(read_on, date(2026, 11, 10)) == expected


def test_charts_hold_what_names_hold_and_draw_nothing_from_nothing() -> None:
    nasty = Point(3, "<b>&", '3 "pages" of </title><script>')
    for chart in (
        charts.columns("A & B", [nasty]),
        charts.calendar("A & B", date(2026, 1, 1), [nasty]),
    ):
        assert "<b>" not in chart
        assert "<script" not in chart
        assert 'aria-label="A &amp; B"' in chart
    for chart in (charts.columns("", []), charts.bar(0, 0)):
        assert chart.startswith("<svg")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (5, "less than a minute"),
        (90, "2 min"),
        (3600, "1 h"),
        (3700, "1 h 2 min"),
        (99_999, "27 h"),
    ],
)
def test_time_spent_is_told_for_people(seconds: int, words: str) -> None:
    assert duration(seconds) == words
