"""What pictures beside comics are by their names."""

from __future__ import annotations

import unicodedata

import pytest

from db.states import COVER_ROLES, ArtworkRole
from stages.formats.artwork_names import MAY_BE_COVERS, ROLES, role_of, spelling

COMICS = {spelling(name): name + b".cbz" for name in (b"Saga 001", b"Saga 002", "Astérix".encode())}


def role(name: str, folder: str = "Saga (2012)") -> tuple[str, bytes] | None:
    found = role_of(name.encode(), COMICS, folder.encode())
    return None if found is None else (found.role, found.comic)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cover.jpg", "cover"),
        ("COVER.JPEG", "cover"),
        ("Cover2.png", "cover"),
        ("cover (1).webp", "cover"),
        ("cover_01.jpg", "cover"),
        ("[Cover].jpg", "cover"),
        ("front.jpg", "cover"),
        ("front-cover.jpg", "cover"),
        ("Folder.jpg", "folder"),
        ("Saga (2012).jpg", "folder"),
        ("poster.png", "poster"),
        ("Saga (2012)-poster.avif", "poster"),
        ("series poster.jpg", "poster"),
        ("AlbumArtSmall.jpg", "thumb"),
        ("banner.gif", "banner"),
        ("season_banner.jpg", "banner"),
        ("fanart3.jpg", "backdrop"),
        ("landscape.jpg", "backdrop"),
        ("clearlogo.png", "logo"),
    ],
)
def test_a_name_says_what_a_picture_of_the_series_is(name: str, expected: str) -> None:
    assert role(name) == (expected, b"")


@pytest.mark.parametrize(
    "name",
    [
        "hardcover.jpg",
        "discovery.jpg",
        "back cover.jpg",
        "inside_front.jpg",
        "cover notes.jpg",
        "003.jpg",
        "scan.png",
        "cover2012.jpg",
        ".jpg",
    ],
)
def test_other_names_say_nothing(name: str) -> None:
    assert role(name) is None


@pytest.mark.parametrize(
    ("name", "comic"),
    [
        ("Saga 001.jpg", b"Saga 001.cbz"),
        ("saga 002.PNG", b"Saga 002.cbz"),
        ("Saga 002-thumb.png", b"Saga 002.cbz"),
        (unicodedata.normalize("NFD", "ASTÉRIX") + ".jpg", "Astérix.cbz".encode()),
    ],
)
def test_a_picture_with_a_comics_name_is_that_comics(name: str, comic: bytes) -> None:
    found = role(name)
    assert found is not None
    assert found[1] == comic
    assert found[0] in MAY_BE_COVERS


def test_a_banner_with_a_comics_name_is_nobodys() -> None:
    assert role("Saga 001-banner.jpg") is None


def test_the_words_are_those_of_the_tables() -> None:
    assert set(ROLES.values()) == set(ArtworkRole)
    assert set(COVER_ROLES) == MAY_BE_COVERS
