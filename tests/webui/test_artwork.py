"""Pictures that stand for series and comics over HTTP: served, and chosen by admins."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import insert, update

from db import artwork, cover_files, kept_pictures
from db.engine import writing
from db.kept_pictures import Picture
from db.schema import artwork_files, comics, series
from db.states import WorkState
from tests.shelf import Shelf, picture

RED, GREEN, BLUE = "#ff0000", "#00ff00", "#0000ff"


@pytest.fixture
def shelf(data: Path, tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "comics")


def beside(shelf: Shelf, name: str, colour: str, comic_id: int | None = None, **row: str) -> int:
    """A kept picture beside the comics; answers its id."""
    content = picture(40, 60, colour)
    one = Picture(f"{colour[1:]:0<64}", "image/jpeg", 40, 60, len(content))
    kept_pictures.put(kept_pictures.picture_file(one.sha256, "image/jpeg"), content)
    kept_pictures.put(kept_pictures.cover_file(one.sha256), content)
    with writing() as connection:
        artwork_id = artwork.keep(connection, one)
        values = {"role": row.get("role", "cover"), "size": 1, "mtime_ns": 1}
        connection.execute(
            insert(artwork_files).values(
                library_id=shelf.library_id,
                folder_id=shelf.folder_id,
                file_name=name.encode(),
                comic_id=comic_id,
                artwork_id=artwork_id,
                state=WorkState.DONE,
                **values,
            )
        )
    return artwork_id


def colour_of(content: bytes) -> str:
    with Image.open(io.BytesIO(content)) as image:
        middle = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert isinstance(middle, tuple)
    return "#" + "".join(f"{round(value / 255) * 255:02x}" for value in middle)


def show(shelf: Shelf, comic_id: int, artwork_id: int) -> None:
    """As a scan would have it: the series shows the picture, and so does the comic."""
    with writing() as connection:
        connection.execute(
            update(series).values(cover_artwork_id=artwork_id, cover_comic_id=comic_id)
        )
        connection.execute(
            update(comics).where(comics.c.id == comic_id).values(cover_artwork_id=artwork_id)
        )


def test_a_picture_is_for_ever_at_its_address(shelf: Shelf, reader_client: FlaskClient) -> None:
    one = beside(shelf, "cover.jpg", RED)
    for query in ("", "?size=full"):
        answer = reader_client.get(f"/api/artwork/{one}{query}")
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
        assert colour_of(answer.data) == RED
        assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        again = reader_client.get(
            f"/api/artwork/{one}{query}", headers={"If-None-Match": answer.headers["ETag"]}
        )
        assert (again.status_code, again.data) == (304, b"")


def test_a_picture_that_is_not_there_is_404(shelf: Shelf, reader_client: FlaskClient) -> None:
    one = beside(shelf, "cover.jpg", RED)
    kept_pictures.cover_file(f"{RED[1:]:0<64}").unlink()
    for number in (one, one + 1):
        answer = reader_client.get(f"/api/artwork/{number}")
        assert answer.status_code == 404
        assert "immutable" not in answer.headers["Cache-Control"]


def test_strangers_see_no_picture(shelf: Shelf, client: FlaskClient) -> None:
    one = beside(shelf, "cover.jpg", RED)
    assert client.get(f"/api/artwork/{one}").status_code == 401


def test_walls_show_the_picture_in_the_covers_place(
    shelf: Shelf, reader_client: FlaskClient
) -> None:
    comic_id = shelf.add("1.cbz")
    one = beside(shelf, "cover.jpg", RED)
    show(shelf, comic_id, one)
    shelf.change(comic_id, index_state=WorkState.DONE)
    with writing() as connection:
        connection.execute(update(series).values(comic_count=1))
    for page in ("/", f"/series/{shelf.series_id}", f"/comic/{comic_id}", "/recent"):
        html = reader_client.get(page).text
        assert f'src="/api/artwork/{one}"' in html
        assert "data-comic" not in html  # nobody waits for the cover that is not shown
    assert reader_client.get("/api/series").json["items"][0]["artwork"] == one
    assert reader_client.get("/api/books").json["items"][0]["artwork"] == one


def test_the_cover_of_a_comic_is_the_picture_in_its_place(
    shelf: Shelf, reader_client: FlaskClient
) -> None:
    comic_id = shelf.add("1.cbz")
    own = cover_files.cover_file(comic_id, 7)
    own.parent.mkdir()
    own.write_bytes(picture(colour=BLUE))
    show(shelf, comic_id, beside(shelf, "1.jpg", RED, comic_id))
    assert colour_of(reader_client.get(f"/api/cover/{comic_id}").data) == RED
    assert colour_of(reader_client.get(f"/api/cover/{comic_id}?v=7").data) == BLUE
    ready = reader_client.get(f"/api/covers?ids={comic_id}").json["ready"][str(comic_id)]
    assert colour_of(reader_client.get(ready).data) == RED


def test_a_banner_stands_above_its_series(shelf: Shelf, reader_client: FlaskClient) -> None:
    shelf.add("1.cbz")
    one = beside(shelf, "banner.jpg", RED, role="banner")
    assert f'class="banner"><img src="/api/artwork/{one}?size=full"' in (
        reader_client.get(f"/series/{shelf.series_id}").text
    )


# ---- choosing, by the API


def test_a_series_cover_is_chosen_and_left_to_longbox_again(
    shelf: Shelf, admin_client: FlaskClient
) -> None:
    first, second = shelf.add("1.cbz"), shelf.add("2.cbz")
    red, green = beside(shelf, "cover.jpg", RED), beside(shelf, "poster.jpg", GREEN)
    address = f"/api/series/{shelf.series_id}/cover"
    told = admin_client.put(address, json={"artwork": green}).json
    assert (told["artwork"], told["chosen"]) == (green, True)
    assert [one["artwork"] for one in told["pictures"]] == [red, green]
    told = admin_client.put(address, json={"book": second}).json
    assert (told["artwork"], told["book"], told["chosen"]) == (None, second, True)
    told = admin_client.delete(address).json
    assert (told["artwork"], told["book"], told["chosen"]) == (red, first, False)


def test_a_page_of_a_comic_is_chosen_for_its_cover(shelf: Shelf, admin_client: FlaskClient) -> None:
    pages = [picture(colour=colour) for colour in (RED, GREEN, BLUE)]
    comic_id = shelf.add("1.cbz", *pages, page_count=3)
    address = f"/api/books/{comic_id}/cover"
    told = admin_client.put(address, json={"page": 2}).json
    assert told["chosen"]
    assert colour_of(admin_client.get(f"/api/cover/{comic_id}").data) == BLUE
    in_full = admin_client.get(f"/api/artwork/{told['artwork']}?size=full")
    assert in_full.data == pages[2]
    assert admin_client.put(address, json={"page": 0}).json["artwork"] is None  # its own cover
    assert admin_client.put(address, json={"page": 1}).json["artwork"] not in (
        None,
        told["artwork"],
    )
    assert not admin_client.delete(address).json["chosen"]


def test_what_cannot_be_chosen_is_refused_in_words(shelf: Shelf, admin_client: FlaskClient) -> None:
    comic_id = shelf.add("1.cbz", b"no picture", picture())
    book, one_series = f"/api/books/{comic_id}/cover", f"/api/series/{shelf.series_id}/cover"
    shelf.change(comic_id, cover_page=1)
    for address, body, status in (
        (book, {"artwork": 99}, 422),
        (book, {"page": 0}, 422),
        (book, {"page": 2}, 404),
        (book, {}, 422),
        (one_series, {"book": comic_id + 1}, 422),
        (one_series, {"artwork": True}, 422),
        ("/api/series/99/cover", {"artwork": 1}, 404),
        ("/api/books/99/cover", {"page": 1}, 404),
    ):
        answer = admin_client.put(address, json=body)
        assert (answer.status_code, "message" in answer.json["error"]) == (status, True)
    assert not admin_client.get(book).json["chosen"]


def test_only_admins_choose(shelf: Shelf, reader_client: FlaskClient) -> None:
    comic_id = shelf.add("1.cbz")
    for thing in (f"books/{comic_id}", f"series/{shelf.series_id}"):
        assert reader_client.get(f"/api/{thing}/cover").status_code == 200
        assert reader_client.put(f"/api/{thing}/cover", json={"page": 0}).status_code == 403
        assert reader_client.delete(f"/api/{thing}/cover").status_code == 403
    for page in (f"/comic/{comic_id}", f"/series/{shelf.series_id}"):
        assert reader_client.get(f"{page}/cover").status_code == 403
        assert reader_client.post(f"{page}/cover").status_code == 403
        assert "Choose the cover" not in reader_client.get(page).text


# ---- choosing, by form


def test_the_page_of_a_series_offers_its_pictures_and_its_comics(
    shelf: Shelf, admin_client: FlaskClient
) -> None:
    first, second = shelf.add("1.cbz", number="1"), shelf.add("2.cbz", number="2")
    red = beside(shelf, "cover.jpg", RED)
    of_comic = beside(shelf, "1.jpg", GREEN, first)
    show(shelf, first, red)
    page = admin_client.get(f"/series/{shelf.series_id}/cover").text
    assert f'value="artwork-{red}" aria-current="true"' in page
    assert f'value="comic-{second}">' in page
    assert f"artwork-{of_comic}" not in page
    assert "Leave it to Longbox" not in page
    answer = admin_client.post(
        f"/series/{shelf.series_id}/cover", data={"choice": f"comic-{second}"}
    )
    assert (answer.status_code, answer.location) == (303, f"/series/{shelf.series_id}")
    page = admin_client.get(f"/series/{shelf.series_id}/cover").text
    assert f'value="comic-{second}" aria-current="true"' in page
    assert "Leave it to Longbox" in page
    admin_client.post(f"/series/{shelf.series_id}/cover", data={"choice": ""})
    assert not admin_client.get(f"/api/series/{shelf.series_id}/cover").json["chosen"]


def test_the_page_of_a_comic_offers_its_pictures_and_its_pages(
    shelf: Shelf, admin_client: FlaskClient
) -> None:
    comic_id = shelf.add("1.cbz", *[picture(colour=GREEN)] * 50, page_count=50)
    own, of_series = beside(shelf, "1.jpg", RED, comic_id), beside(shelf, "cover.jpg", BLUE)
    address = f"/comic/{comic_id}/cover"
    page = admin_client.get(address).text
    assert page.index(f"artwork-{own}") < page.index(f"artwork-{of_series}")
    assert page.count('value="page-') == 48
    assert "?from=49" in page
    assert admin_client.get(f"{address}?from=49").text.count('value="page-') == 2
    admin_client.post(address, data={"choice": "number", "number": "50"})
    assert colour_of(admin_client.get(f"/api/cover/{comic_id}").data) == GREEN
    admin_client.post(address, data={"choice": f"artwork-{own}"})
    assert colour_of(admin_client.get(f"/api/cover/{comic_id}").data) == RED


def test_a_form_that_chooses_nothing_is_told_so(shelf: Shelf, admin_client: FlaskClient) -> None:
    comic_id = shelf.add("1.cbz", page_count=1)
    for choice in (
        {"choice": "page-0"},
        {"choice": "page-2"},
        {"choice": "page-x"},
        {"choice": "comic-1"},
        {"choice": "number", "number": ""},
        {"choice": "artwork-99"},
    ):
        assert admin_client.post(f"/comic/{comic_id}/cover", data=choice).status_code in (404, 422)
    assert not admin_client.get(f"/api/books/{comic_id}/cover").json["chosen"]
