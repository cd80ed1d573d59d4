"""Reading MetronInfo.xml, as the schema has it and as tools write it."""

from __future__ import annotations

import pytest

from stages.formats import ErrorClass, FormatError
from stages.formats.metadata import Metadata
from stages.formats.metroninfo import parse
from tests.stages.formats.archives import REAL, needs_real


def info(body: str) -> Metadata:
    return parse(f"<MetronInfo>{body}</MetronInfo>".encode())


def test_every_field_is_read() -> None:
    found = info(
        """
        <IDS><ID source="Comic Vine">12</ID><ID source="Metron" primary="true">34</ID>
             <ID source="Nobody">56</ID></IDS>
        <Publisher id="1"><Name>Quay</Name><Imprint id="2">Pier</Imprint></Publisher>
        <Series id="3" lang="de"><Name>Harbour</Name><SortName>Harbour</SortName>
          <Volume>2</Volume><Format>Limited Series</Format><StartYear>2019</StartYear>
          <IssueCount>24</IssueCount><AlternativeNames>
            <AlternativeName lang="fr">Le Port</AlternativeName><AlternativeName/>
          </AlternativeNames></Series>
        <MangaVolume>9</MangaVolume><Number>12a</Number>
        <Stories><Story id="4">Ebb</Story><Story>Flood</Story></Stories>
        <Summary>A storm.</Summary><Notes>By hand.</Notes>
        <Prices><Price country="US">3.99</Price><Price country="GB">2.50</Price></Prices>
        <CoverDate>2021-03-01</CoverDate><StoreDate>2021-01-20</StoreDate>
        <PageCount>32</PageCount>
        <Genres><Genre>Drama</Genre></Genres><Tags><Tag>rain, heavy</Tag></Tags>
        <Arcs><Arc id="5"><Name>Tides</Name><Number>4</Number></Arc>
              <Arc><Name>Moon</Name></Arc></Arcs>
        <Characters><Character id="6">Mole</Character></Characters>
        <Teams><Team>The Crew</Team></Teams>
        <Universes><Universe><Name>Sea</Name><Designation>Earth 2</Designation></Universe>
        </Universes><Locations><Location>Port</Location></Locations>
        <Reprints><Reprint id="7">Tides #3 (2002)</Reprint></Reprints>
        <GTIN><ISBN>978-1-23456-789-7</ISBN><UPC>76194130593600111</UPC></GTIN>
        <AgeRating>Teen</AgeRating>
        <URLs><URL>https://b.example</URL><URL primary="true">https://a.example</URL></URLs>
        <Credits>
          <Credit><Creator id="8">Ann One</Creator><Roles><Role>Writer</Role><Role>Plot</Role>
            <Role>Cover</Role></Roles></Credit>
          <Credit><Creator>Bob, Two</Creator><Roles><Role>Ink Assists</Role></Roles></Credit>
          <Credit><Creator>Cy Three</Creator><Roles><Role>Senior Editor</Role></Roles></Credit>
          <Credit><Creator>Di Four</Creator><Roles><Role>President</Role></Roles></Credit>
          <Credit><Creator>Ed Five</Creator></Credit>
        </Credits>
        <LastModified>2023-05-31T09:00:46-04:00</LastModified>
        """
    )
    assert found == Metadata(
        title="Ebb; Flood",
        series_title="Harbour",
        number="12a",
        issue_count=24,
        volume=2,
        summary="A storm.",
        notes="By hand.",
        release_date="2021-03-01",
        store_date="2021-01-20",
        web="https://a.example https://b.example",
        language="de",
        format="Limited Series",
        age_rating="Teen",
        gtin="9781234567897",
        external_ids="metron:34 comicvine:12",
        prices="US:3.99 GB:2.50",
        publisher="Quay",
        imprint="Pier",
        credits=(
            ("writer", "Ann One"),
            ("cover_artist", "Ann One"),
            ("inker", "Bob, Two"),
            ("editor", "Cy Three"),
            ("other", "Di Four"),
            ("other", "Ed Five"),
        ),
        tags=(
            ("genre", "Drama"),
            ("tag", "rain, heavy"),
            ("character", "Mole"),
            ("team", "The Crew"),
            ("location", "Port"),
            ("universe", "Sea"),
            ("reprint", "Tides #3 (2002)"),
            ("other_name", "Le Port"),
            ("story_arc", "Tides"),
            ("story_arc", "Moon"),
        ),
        story_arcs=(("Tides", "4"), ("Moon", None)),
    )


def test_an_empty_metroninfo_says_nothing() -> None:
    assert parse(b"<MetronInfo/>") == Metadata()
    assert info("<Series/><Credits><Credit/></Credits><IDS><ID/></IDS><Arcs><Arc/></Arcs>") == (
        Metadata()
    )


@pytest.mark.parametrize(
    ("body", "field", "value"),
    [
        ("<Publisher>Quay</Publisher>", "publisher", "Quay"),
        ("<URL>https://a.example</URL>", "web", "https://a.example"),
        ("<Series>Harbour</Series>", "series_title", "Harbour"),
        ("<CollectionTitle>All of it</CollectionTitle>", "title", "All of it"),
        ("<MangaVolume>7</MangaVolume>", "volume", 7),
        ("<StoreDate>2021-01-20</StoreDate>", "release_date", "2021-01-20"),
        (
            "<Reprints><Reprint><Name>Tides #3</Name></Reprint></Reprints>",
            "tags",
            (("reprint", "Tides #3"),),
        ),
        (
            "<CommunityRating><AverageRating>4.5</AverageRating></CommunityRating>",
            "community_rating",
            4.5,
        ),
        ("<GTIN><UPC>76194130593600111</UPC></GTIN>", "gtin", "76194130593600111"),
    ],
)
def test_other_ways_of_writing_it_are_read(body: str, field: str, value: object) -> None:
    assert getattr(info(body), field) == value


@pytest.mark.parametrize(
    "body",
    [
        "<CoverDate>soon</CoverDate>",
        "<CoverDate>0000-00-00</CoverDate>",
        "<AgeRating>Unknown</AgeRating>",
        "<MangaVolume>1950-1952</MangaVolume>",
        "<Prices><Price country='US'>cheap</Price></Prices>",
        "<GTIN><UPC>12345</UPC></GTIN>",
        "<Series lang='xx'><IssueCount>0</IssueCount><Volume>-1</Volume></Series>",
    ],
)
def test_what_makes_no_sense_is_left_out(body: str) -> None:
    assert info(body) == Metadata()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<ComicInfo/>",
        b"<MetronInfo><Series>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><MetronInfo><Number>&a;</Number></MetronInfo>',
        b"<MetronInfo>" + b"<Series>" * 100_000,
    ],
)
def test_what_is_no_metroninfo_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"MetronInfo\.xml") as caught:
        parse(data)
    assert caught.value.error_class is ErrorClass.METADATA_INVALID


@needs_real
def test_samples_of_other_projects_are_read() -> None:
    metron = REAL / "metadata" / "metroninfo"
    samples = [*metron.rglob("*.xml"), *(REAL / "metadata" / "samples").rglob("metroninfo*.xml")]
    assert len(samples) > 5
    for sample in samples:
        found = parse(sample.read_bytes())
        assert found.series_title
        assert found.publisher
        assert found.credits
