"""Reading ComicBookInfo out of an archive's comment."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stages.formats import ErrorClass, FormatError
from stages.formats.comicbookinfo import parse
from stages.formats.metadata import Metadata
from tests.stages.formats.archives import REAL, needs_real


def info(**said: Any) -> Metadata:
    return parse(json.dumps({"appID": "x/1", "ComicBookInfo/1.0": said}).encode())


def test_every_field_is_read() -> None:
    found = info(
        series="Harbour",
        title="The Long Night",
        publisher="Quay",
        publicationMonth=3,
        publicationYear=2021,
        issue=12,
        numberOfIssues=24,
        volume=2,
        numberOfVolumes=3,
        rating=4,
        genre="Drama, Noir",
        language="English",
        country="Nowhere",
        credits=[
            {"person": "One, Ann", "role": "Writer", "primary": True},
            {"person": "Bob Two", "role": "Artist"},
            {"person": "Cy Three", "role": "Colorer"},
            {"person": "Di Four, Jr.", "role": "Assistant Editor"},
            {"person": "Ed Five", "role": "Dreamer"},
        ],
        tags=["rain", "night"],
        comments="A storm.",
    )
    assert found == Metadata(
        title="The Long Night",
        series_title="Harbour",
        number="12",
        issue_count=24,
        volume=2,
        summary="A storm.",
        release_date="2021-03",
        language="en",
        community_rating=4.0,
        publisher="Quay",
        credits=(
            ("writer", "Ann One"),
            ("artist", "Bob Two"),
            ("colorist", "Cy Three"),
            ("editor", "Di Four, Jr."),
            ("other", "Ed Five"),
        ),
        tags=(("genre", "Drama"), ("genre", "Noir"), ("tag", "rain"), ("tag", "night")),
    )


@pytest.mark.parametrize(
    ("said", "field", "value"),
    [
        ({"issue": "12"}, "number", "12"),
        ({"issue": 1.5}, "number", "1.5"),
        ({"issue": 2.0}, "number", "2"),
        ({"tags": "rain, night"}, "tags", (("tag", "rain"), ("tag", "night"))),
        ({"title": "a\0b"}, "title", "ab"),
        ({"publicationYear": "2021"}, "release_date", "2021"),
        ({"comments": "<p>A</p><p>B</p>"}, "summary", "A\n\nB"),
    ],
)
def test_other_ways_of_writing_it_are_read(said: dict[str, Any], field: str, value: object) -> None:
    assert getattr(info(**said), field) == value


def test_what_makes_no_sense_is_left_out() -> None:
    found = info(
        issue=float("nan"),
        title=["x"],
        rating=10,
        volume=-1,
        publicationYear=True,
        credits=[{"role": "Writer"}, "Ann One", {"person": 7}],
        tags={"a": 1},
        language="Klingon of the south",
    )
    assert found == Metadata(credits=(("other", "7"),))


def test_a_lone_half_of_a_character_does_no_harm() -> None:
    data = rb'{"ComicBookInfo/1.0": {"title": "a\ud83d", "series": "x"}}'
    assert parse(data).title == "a?"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252"])
def test_a_comment_is_read_in_the_encoding_it_is_in(encoding: str) -> None:
    data = '{"ComicBookInfo/1.0": {"title": "Café"}}'.encode(encoding)
    assert parse(data).title == "Café"


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"[]", b'{"ComicBookInfo/1.0": 3}', b'{"a": {}}', b"[" * 100_000]
)
def test_what_is_no_comicbookinfo_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match="ComicBookInfo") as caught:
        parse(data)
    assert caught.value.error_class is ErrorClass.METADATA_INVALID


@needs_real
def test_samples_of_other_projects_are_read() -> None:
    samples = [*(REAL / "metadata" / "samples").rglob("comic-book-info*.json")]
    assert len(samples) > 3
    for sample in samples:
        found = parse(sample.read_bytes())
        assert found.title
        assert found.credits
