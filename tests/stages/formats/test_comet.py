"""Reading CoMet documents."""

from __future__ import annotations

import pytest

from stages.formats import ErrorClass, FormatError
from stages.formats.comet import parse
from stages.formats.metadata import Metadata
from tests.stages.formats.archives import REAL, needs_real

NAMESPACES = (
    'xmlns:comet="http://www.denvog.com/comet/" xmlns:xsi="http://www.w3.org/2001/'
    'XMLSchema-instance" xsi:schemaLocation="http://www.denvog.com http://www.denvog.com/comet.xsd"'
)


def test_every_field_is_read() -> None:
    data = f"""<?xml version="1.0" encoding="UTF-8"?>
        <comet {NAMESPACES}>
        <title>The Long Night</title><description>A storm.</description><series>Harbour</series>
        <issue>12</issue><volume>2</volume><publisher>Quay</publisher><date>2021-03</date>
        <genre>Drama</genre><genre>Noir</genre><character>Mole</character>
        <character>Vole, the elder</character><isVersionOf>Tides #3</isVersionOf>
        <price>3.99</price><format>Comic</format><language>English</language>
        <rating>Everyone</rating><rights>All</rights><identifier>CVDB145269</identifier>
        <pages>22</pages><creator>Zed Nought</creator><writer>Ann One</writer>
        <writer>Bob Two</writer><penciller>Cy Three</penciller><editor>Hal Eight</editor>
        <coverDesigner>Gus Seven</coverDesigner><letterer>Flo Six</letterer>
        <inker>Di Four</inker><colorist>Ed Five</colorist><coverImage>p/000.jpg</coverImage>
        <lastMark>4</lastMark><readingDirection>rtl</readingDirection></comet>"""
    assert parse(data.encode()) == Metadata(
        title="The Long Night",
        series_title="Harbour",
        number="12",
        volume=2,
        summary="A storm.",
        release_date="2021-03",
        language="en",
        format="Comic",
        age_rating="Everyone",
        right_to_left=True,
        external_ids="comicvine:145269",
        publisher="Quay",
        credits=(
            ("writer", "Ann One"),
            ("writer", "Bob Two"),
            ("penciller", "Cy Three"),
            ("inker", "Di Four"),
            ("colorist", "Ed Five"),
            ("letterer", "Flo Six"),
            ("cover_artist", "Gus Seven"),
            ("editor", "Hal Eight"),
            ("other", "Zed Nought"),
        ),
        tags=(
            ("genre", "Drama"),
            ("genre", "Noir"),
            ("character", "Mole"),
            ("character", "Vole, the elder"),
            ("reprint", "Tides #3"),
        ),
        cover_name="p/000.jpg",
    )


def test_an_isbn_may_be_the_identifier() -> None:
    assert parse(b"<comet><identifier>978-1-60706-601-9</identifier></comet>").gtin == (
        "9781607066019"
    )


def test_what_makes_no_sense_is_left_out() -> None:
    data = b"<comet><date>1/2/2003</date><volume>two</volume><rating>Unknown</rating></comet>"
    assert parse(data) == Metadata()


@pytest.mark.parametrize("data", [b"{}", b"<ComicInfo/>", b"<comet><title></comet>"])
def test_what_is_no_comet_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match="CoMet") as caught:
        parse(data)
    assert caught.value.error_class is ErrorClass.METADATA_INVALID


@needs_real
def test_samples_of_other_projects_are_read() -> None:
    samples = [*(REAL / "metadata" / "samples").rglob("*.xml")]
    comets = [sample for sample in samples if sample.name.lower().startswith("comet")]
    assert len(comets) > 3
    for sample in comets:
        found = parse(sample.read_bytes())
        assert found.title
        assert found.cover_name or found.credits
