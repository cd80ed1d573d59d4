"""Reading what PDF documents say of themselves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stages.formats import ErrorClass, FormatError
from stages.formats.metadata import Metadata
from stages.formats.pdf_info import parse


def pdf(xmp: str | None = None, *, right_to_left: bool = False, **info: str) -> Metadata:
    said: dict[str, Any] = {"info": info, "xmp": xmp, "right_to_left": right_to_left}
    return parse(json.dumps(said).encode())


def packet(body: str, attributes: str = "") -> str:
    return f"""<x:xmpmeta xmlns:x="adobe:ns:meta/">
        <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
        <rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"
            xmlns:calibre="http://calibre-ebook.com/xmp-namespace"
            xmlns:pdf="http://ns.adobe.com/pdf/1.3/" {attributes}>{body}</rdf:Description>
        </rdf:RDF></x:xmpmeta>"""


def test_the_information_dictionary_is_read() -> None:
    found = pdf(
        Title="The Long Night",
        Author="One, Ann; Bob Two",
        Subject="A storm.",
        Keywords="rain, night",
        Creator="Pages",
        Producer="Quartz",
        CreationDate="D:20210309120000Z",
    )
    assert found == Metadata(
        title="The Long Night",
        summary="A storm.",
        credits=(("writer", "Ann One"), ("writer", "Bob Two")),
        tags=(("tag", "rain"), ("tag", "night")),
    )


def test_the_xmp_packet_goes_before_it() -> None:
    found = pdf(
        packet(
            """
            <dc:title><rdf:Alt><rdf:li xml:lang="fr">La nuit</rdf:li>
                <rdf:li xml:lang="x-default">The Long Night</rdf:li></rdf:Alt></dc:title>
            <dc:creator><rdf:Seq><rdf:li>Ann One</rdf:li><rdf:li>Bob Two</rdf:li></rdf:Seq>
            </dc:creator><dc:subject><rdf:Bag><rdf:li>rain</rdf:li></rdf:Bag></dc:subject>
            <dc:publisher><rdf:Bag><rdf:li>Quay</rdf:li></rdf:Bag></dc:publisher>
            <dc:language><rdf:Bag><rdf:li>en</rdf:li></rdf:Bag></dc:language>
            <dc:date><rdf:Seq><rdf:li>2021-03-09</rdf:li></rdf:Seq></dc:date>
            <calibre:series rdf:parseType="Resource"><rdf:value>Harbour</rdf:value>
                <calibre:series_index>12.00</calibre:series_index></calibre:series>
            """
        ),
        right_to_left=True,
        Title="Another",
        Author="Somebody",
        Subject="A storm.",
    )
    assert found == Metadata(
        title="The Long Night",
        series_title="Harbour",
        number="12",
        summary="A storm.",
        release_date="2021-03-09",
        language="en",
        right_to_left=True,
        publisher="Quay",
        credits=(("writer", "Ann One"), ("writer", "Bob Two")),
        tags=(("tag", "rain"),),
    )


def test_a_short_subject_is_a_genre_and_no_summary() -> None:
    assert pdf(Subject="Science Fiction") == Metadata(tags=(("genre", "Science Fiction"),))


def test_properties_may_be_attributes() -> None:
    assert pdf(packet("", 'dc:title="The Long Night"')).title == "The Long Night"


@pytest.mark.parametrize(
    "title",
    [
        "",
        "Untitled",
        "Microsoft Word - harbour.doc",
        "harbour12_final.indd",
        "page 001",
        "scan0007",
        "001",
        "---",
    ],
)
def test_titles_that_programs_make_up_are_none(title: str) -> None:
    assert pdf(Title=title) == Metadata()


@pytest.mark.parametrize("author", ["Administrator", "Adobe Acrobat 9", "unknown", " ; "])
def test_authors_that_are_nobody_are_none(author: str) -> None:
    assert pdf(Author=author) == Metadata()


def test_a_comicinfo_among_the_keywords_is_no_keyword() -> None:
    assert pdf(Keywords="<?xml version='1.0'?><ComicInfo/>") == Metadata()


@pytest.mark.parametrize("xmp", ["<x:xmpmeta", packet("<dc:title>"), "<a/>", ""])
def test_a_broken_packet_counts_as_none(xmp: str) -> None:
    assert pdf(xmp, Title="The Long Night").title == "The Long Night"


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(FormatError) as caught:
        parse(b"{")
    assert caught.value.error_class is ErrorClass.METADATA_INVALID
