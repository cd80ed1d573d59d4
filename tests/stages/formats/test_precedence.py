"""Which source of metadata counts, field by field, and what is remembered of it."""

from __future__ import annotations

import json

import pytest

from stages.formats import ErrorClass, FormatError
from stages.formats.metadata import Metadata
from stages.formats.metadata_file import MetadataFile, MetadataFormat
from stages.formats.precedence import Described, describe
from stages.formats.sources import Source, packed, unpacked

SAID = (
    "<Title>The Will</Title><Series>Saga</Series><Number>7</Number><Count>54</Count>"
    "<Volume>2012</Volume><Year>2013</Year><Writer>Ann One</Writer>"
)


def comicinfo(body: str) -> MetadataFile:
    return MetadataFile(MetadataFormat.COMICINFO, f"<ComicInfo>{body}</ComicInfo>".encode())


def metroninfo(body: str) -> MetadataFile:
    return MetadataFile(MetadataFormat.METRONINFO, f"<MetronInfo>{body}</MetronInfo>".encode())


def of(*files: MetadataFile, stem: str = "a comic", series: str = "Saga (2012)") -> Described:
    return describe(files, stem, series)


def test_one_file_that_says_everything_is_the_source_of_it() -> None:
    known = of(comicinfo(SAID), stem="Other 12 (of 3) (1999) (Group)")
    assert known.sources == "comicinfo"
    assert (known.metadata.number, known.metadata.credits) == ("7", (("writer", "Ann One"),))
    assert known.is_titled
    assert not known.errors


def test_the_files_name_fills_what_is_missing() -> None:
    known = of(comicinfo("<Series>Saga</Series><Title>X</Title>"), stem="Saga 012 (of 54) (2013)")
    assert (known.metadata.number, known.metadata.release_date) == ("12", "2013")
    assert known.metadata.issue_count == 54
    assert known.sources == ("comicinfo number=filename release_date=filename issue_count=filename")


def test_a_comic_without_metadata_has_its_name() -> None:
    known = of(stem="Saga v2 012 (2013) (digital) (Zone-Empire)")
    assert known.sources == "filename"
    assert known.metadata.series_title == "Saga"
    assert (known.metadata.number, known.metadata.volume) == ("12", 2)
    assert known.metadata.scan_information == "Zone-Empire"
    assert not known.is_titled


def test_the_name_is_read_as_that_of_a_manga_where_metadata_tells_which_it_is() -> None:
    western = of(comicinfo("<Manga>No</Manga>"), stem="Saga v03").metadata
    manga = of(comicinfo("<Manga>Yes</Manga>"), stem="Saga v03").metadata
    assert (manga.number, manga.volume) == (None, 3)
    assert western.number == "3"
    assert western.sort_number == manga.sort_number == 3


def test_a_name_without_a_series_has_that_of_its_folder() -> None:
    known = of(stem="012 - The Will")
    assert (known.metadata.series_title, known.metadata.number) == ("Saga", "12")
    assert known.sources is not None
    assert unpacked(known.sources, ("series_title", "number", "title")) == {
        "series_title": Source.FOLDER,
        "number": Source.FILENAME,
        "title": Source.FILENAME,
    }
    assert of(stem="saga_012").sources == "filename"


def test_who_made_the_file_is_not_asked_of_the_name_of_a_tagged_comic() -> None:
    known = of(comicinfo("<Title>X</Title>"), stem="Saga 012 (2013) (digital) (Zone-Empire)")
    assert known.metadata.scan_information is None


def test_metroninfo_goes_before_comicinfo_whatever_comes_first() -> None:
    files = [
        comicinfo(SAID + "<Summary>Two soldiers.</Summary><Manga>No</Manga><Inker>Di Four</Inker>"),
        metroninfo(
            "<Series><Name>Saga</Name><Volume>1</Volume></Series><Number>8</Number>"
            "<Credits><Credit><Creator>Bob Two</Creator><Roles><Role>Writer</Role></Roles></Credit>"
            "</Credits><Characters><Character>Marko</Character></Characters>"
        ),
    ]
    known = of(*files)
    assert known == of(*reversed(files))
    told = known.metadata
    assert (told.number, told.volume, told.title, told.manga) == ("8", 1, "The Will", False)
    assert told.credits == (("writer", "Bob Two"), ("inker", "Di Four"))
    assert told.tags == (("character", "Marko"),)
    fields = ("title", "number", "volume", "series_title", "manga", "writer", "inker", "character")
    assert unpacked(known.sources, fields) == {
        "title": Source.COMICINFO,
        "number": Source.METRONINFO,
        "volume": Source.METRONINFO,
        "series_title": Source.METRONINFO,
        "manga": Source.COMICINFO,
        "writer": Source.METRONINFO,
        "inker": Source.COMICINFO,
        "character": Source.METRONINFO,
    }


def test_arcs_keep_the_numbers_of_their_own_source() -> None:
    known = of(
        comicinfo("<StoryArc>Flood</StoryArc><StoryArcNumber>9</StoryArcNumber>"),
        metroninfo("<Arcs><Arc><Name>Flood</Name><Number>4</Number></Arc></Arcs>"),
    )
    assert known.metadata.story_arcs == (("Flood", "4"),)


def test_every_format_is_read() -> None:
    told = {"info": {"Author": "Ed Five"}, "xmp": None, "right_to_left": True}
    known = of(
        MetadataFile(MetadataFormat.PDF, json.dumps(told).encode()),
        MetadataFile(
            MetadataFormat.EPUB, b"<package><metadata><language>de</language></metadata></package>"
        ),
        MetadataFile(MetadataFormat.COMICBOOKINFO, b'{"ComicBookInfo/1.0": {"publisher": "Quay"}}'),
        MetadataFile(
            MetadataFormat.COMET,
            b"<comet><coverImage>3.jpg</coverImage><format>Comic</format></comet>",
        ),
        metroninfo("<Number>8</Number>"),
        comicinfo("<Title>X</Title>"),
        series="",
    )
    told_fields = ("title", "number", "format", "publisher", "language", "right_to_left", "writer")
    assert list(unpacked(known.sources, told_fields).values()) == [
        Source.COMICINFO,
        Source.METRONINFO,
        Source.COMET,
        Source.COMICBOOKINFO,
        Source.EPUB,
        Source.PDF,
        Source.PDF,
    ]
    assert known.metadata.cover_name == "3.jpg"


def test_a_broken_file_hides_none_of_the_others() -> None:
    unreadable = FormatError(ErrorClass.DAMAGED, "“MetronInfo.xml” is damaged.")
    known = of(
        MetadataFile(MetadataFormat.METRONINFO, unreadable),
        MetadataFile(MetadataFormat.COMET, b"<comet>"),
        comicinfo(SAID),
    )
    assert known.sources == "comicinfo"
    assert [error.error_class for error in known.errors if isinstance(error, FormatError)] == [
        ErrorClass.DAMAGED,
        ErrorClass.METADATA_INVALID,
    ]


def test_errors_are_kept_without_the_documents_that_they_came_of() -> None:
    known = of(MetadataFile(MetadataFormat.COMET, b"<comet><a>"), comicinfo("<a>"))
    assert len(known.errors) == 2
    assert not any(error.__traceback__ or error.__context__ for error in known.errors)


def test_names_without_end_have_one() -> None:
    tags = ",".join(map(str, range(100_000)))
    metadata = of(comicinfo(f"<Tags>{tags}</Tags><Inker>{tags}</Inker>")).metadata
    assert (len(metadata.tags), len(metadata.credits)) == (2_000, 2_000)


def test_a_file_that_says_nothing_is_no_source() -> None:
    told = MetadataFile(MetadataFormat.PDF, b'{"info": {"Title": "Untitled"}, "xmp": null}')
    assert of(told, stem="Saga 012 (2013) (digital) (Zone-Empire)") == of(
        stem="Saga 012 (2013) (digital) (Zone-Empire)"
    )


def test_nothing_has_no_source() -> None:
    known = of(stem="", series="")
    assert (known.sources, known.metadata) == (None, Metadata())


@pytest.mark.parametrize(
    ("main", "others", "text"),
    [
        ("comicinfo", {}, "comicinfo"),
        ("comicinfo", {"number": Source.FILENAME}, "comicinfo number=filename"),
        ("comicinfo", {"number": Source.COMICINFO}, "comicinfo"),
        (None, {"number": Source.FILENAME, "title": Source.FILENAME}, "filename"),
        (None, {}, None),
    ],
)
def test_sources_are_a_short_text(
    main: str | None, others: dict[str, Source], text: str | None
) -> None:
    assert packed(main, others) == text
    assert unpacked(text, others) == others
