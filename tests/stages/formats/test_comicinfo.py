"""Reading ComicInfo.xml as it should be and as it is."""

from __future__ import annotations

import codecs

import pytest

from stages.formats import ErrorClass, FormatError
from stages.formats.comicinfo import parse
from stages.formats.metadata import Metadata
from tests.stages.formats.archives import REAL, needs_real


def info(body: str) -> Metadata:
    return parse(f"<ComicInfo>{body}</ComicInfo>".encode())


def test_every_field_is_read() -> None:
    found = info(
        """
        <Title>The Long Night</Title><Series>Harbour</Series><Number>12a</Number>
        <Count>24</Count><Volume>2</Volume>
        <AlternateSeries>Tides</AlternateSeries><AlternateNumber>3</AlternateNumber>
        <AlternateCount>6</AlternateCount><Summary>A storm.
        Two lines.</Summary><Notes>Tagged by hand</Notes><Year>2021</Year><Month>3</Month>
        <Day>9</Day><Writer>Ann One, Bob Two</Writer><Penciller>Cy Three</Penciller>
        <Inker>Di Four</Inker><Colorist>Ed Five</Colorist><Letterer>Flo Six</Letterer>
        <CoverArtist>Gus Seven</CoverArtist><Editor>Hal Eight</Editor>
        <Translator>Ida Nine</Translator><Publisher>Quay</Publisher><Imprint>Pier</Imprint>
        <Genre>Drama, Noir</Genre><Tags>rain</Tags>
        <Web>https://a.example/1 https://b.example/2</Web><PageCount>22</PageCount>
        <LanguageISO>en</LanguageISO><Format>Digital</Format><BlackAndWhite>Yes</BlackAndWhite>
        <Manga>YesAndRightToLeft</Manga><Characters>Mole</Characters><Teams>The Crew</Teams>
        <Locations>Port</Locations><ScanInformation>300 dpi</ScanInformation>
        <StoryArc>Flood, Ebb</StoryArc><StoryArcNumber>4,1</StoryArcNumber>
        <SeriesGroup>Sea, Land</SeriesGroup><AgeRating>Teen</AgeRating>
        <CommunityRating>4.5</CommunityRating>
        <MainCharacterOrTeam>Mole</MainCharacterOrTeam><Review>Good.</Review>
        <GTIN>9781234567897</GTIN>
        <Pages><Page Image="0" Type="InnerCover"/>
        <Page Image="1" Type="FrontCover" DoublePage="true" ImageSize="9" Key="k" Bookmark="Start"
              ImageWidth="10" ImageHeight="20"/></Pages>
        """
    )
    assert found == Metadata(
        title="The Long Night",
        series_title="Harbour",
        number="12a",
        issue_count=24,
        volume=2,
        alternate_series="Tides",
        alternate_number="3",
        alternate_count=6,
        summary="A storm.\n        Two lines.",
        notes="Tagged by hand",
        release_date="2021-03-09",
        publisher="Quay",
        imprint="Pier",
        web="https://a.example/1 https://b.example/2",
        language="en",
        format="Digital",
        black_and_white=True,
        manga=True,
        right_to_left=True,
        main_character_or_team="Mole",
        scan_information="300 dpi",
        series_groups="Sea, Land",
        age_rating="Teen",
        community_rating=4.5,
        review="Good.",
        gtin="9781234567897",
        credits=(
            ("writer", "Ann One"),
            ("writer", "Bob Two"),
            ("penciller", "Cy Three"),
            ("inker", "Di Four"),
            ("colorist", "Ed Five"),
            ("letterer", "Flo Six"),
            ("cover_artist", "Gus Seven"),
            ("editor", "Hal Eight"),
            ("translator", "Ida Nine"),
        ),
        tags=(
            ("genre", "Drama"),
            ("genre", "Noir"),
            ("tag", "rain"),
            ("character", "Mole"),
            ("team", "The Crew"),
            ("location", "Port"),
            ("story_arc", "Flood"),
            ("story_arc", "Ebb"),
        ),
        story_arcs=(("Flood", "4"), ("Ebb", "1")),
        cover_page=1,
    )


def test_an_empty_comicinfo_says_nothing() -> None:
    assert parse(b"<ComicInfo/>") == info("<Title> </Title><Writer/>") == Metadata()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("One", ["One"]),
        (" One ,Two,, One,", ["One", "Two"]),
        ("Doe, Jane; Roe, Rick", ["Doe, Jane", "Roe, Rick"]),
        ("Tom &amp;amp; Jerry, Spike", ["Tom & Jerry", "Spike"]),
        (" , ;", []),
    ],
)
def test_lists_are_taken_apart_each_name_once(text: str, names: list[str]) -> None:
    assert [name for _, name in info(f"<Characters>{text}</Characters>").tags] == names


def test_a_list_of_several_elements_is_one_list() -> None:
    found = info("<Writer>A</Writer><Writer>B, A</Writer><Title>x</Title><Title>y</Title>")
    assert found.credits == (("writer", "A"), ("writer", "B"))
    assert found.title == "x"


def test_arcs_without_numbers_have_none() -> None:
    found = info("<StoryArc>A, B, , C</StoryArc><StoryArcNumber>1,,2,x,9</StoryArcNumber>")
    assert found.story_arcs == (("A", "1"), ("B", None), ("C", "x"))
    assert info("<StoryArc>A, B</StoryArc>").story_arcs == (("A", None), ("B", None))
    assert info("<StoryArcNumber>7</StoryArcNumber>").story_arcs == ()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("7.0", 7),
        ("-1", None),
        ("0", None),
        ("seven", None),
        ("1e400", None),
        ("nan", None),
        ("99999999999999999999", None),
        ("9" * 5000, None),
    ],
)
def test_an_impossible_number_is_left_out(text: str, count: int | None) -> None:
    assert info(f"<Count>{text}</Count>").issue_count == count


@pytest.mark.parametrize(
    ("year", "month", "day", "release_date"),
    [
        ("2020", "2", "29", "2020-02-29"),
        ("2021", "2", "29", "2021-02"),
        ("2021", "13", "1", "2021"),
        ("2021", "", "5", "2021"),
        ("2021", "7", "", "2021-07"),
        ("", "7", "5", None),
        ("-1", "-1", "-1", None),
        ("12345", "1", "1", None),
        ("21", "1", "1", None),
        ("0591", "1", "1", None),
        ("9999", "1", "1", None),
    ],
)
def test_of_a_date_what_is_one_is_kept(
    year: str, month: str, day: str, release_date: str | None
) -> None:
    found = info(f"<Day>{day}</Day><Month>{month}</Month><Year>{year}</Year>")
    assert found.release_date == release_date


@pytest.mark.parametrize(
    ("text", "manga", "right_to_left"),
    [
        ("Yes", True, False),
        ("YesAndRightToLeft", True, True),
        ("No", False, False),
        ("Unknown", None, False),
        ("maybe", None, False),
    ],
)
def test_manga_tells_the_reading_direction(
    text: str, manga: bool | None, right_to_left: bool
) -> None:
    found = info(f"<Manga>{text}</Manga>")
    assert (found.manga, found.right_to_left) == (manga, right_to_left)


@pytest.mark.parametrize(("text", "rating"), [("3.5", 3.5), ("3,5", 3.5), ("9", None), ("x", None)])
def test_a_rating_is_between_nothing_and_five(text: str, rating: float | None) -> None:
    assert info(f"<CommunityRating>{text}</CommunityRating>").community_rating == rating


@pytest.mark.parametrize(
    ("pages", "cover"),
    [
        ('<Page Image="0"/><Page Image="2" Type="FrontCover"/><Page Image="3"/>', 2),
        ('<Page Image="0" Type="Story"/>', None),
        ('<Page Type="FrontCover"/>', None),
        ('<Page Image="-1" Type="FrontCover"/>', None),
        ('<Page Image="x" Type="Story, FrontCover"/>', None),
        ('<Page Image="1" Type="Advertisement FrontCover"/>', 1),
    ],
)
def test_the_front_cover_is_the_page_that_is_called_so(pages: str, cover: int | None) -> None:
    assert info(f"<Pages>{pages}</Pages>").cover_page == cover


def test_a_summary_is_told_without_its_html() -> None:
    found = info("<Summary>&lt;p&gt;Storm &amp;amp; <b>stress</b>&lt;/p&gt;</Summary>")
    assert found.summary == "Storm & stress"


def test_what_is_far_too_long_is_left_out() -> None:
    found = info(f"<Title>{'x' * 1001}</Title><Writer>{'y' * 301}, Ann One</Writer>")
    assert (found.title, found.credits) == (None, (("writer", "Ann One"),))


@pytest.mark.parametrize(
    ("fields", "ids"),
    [
        ("<Notes>Tagged with ComicTagger [CVDB145269]</Notes>", "comicvine:145269"),
        ("<Web>https://comicvine.gamespot.com/c/4000-145269/</Web>", "comicvine:145269"),
        (
            "<Web>https://metron.cloud/issue/99</Web><GTIN>urn:comicvine:issue:7</GTIN>",
            "metron:99 comicvine:7",
        ),
        ("<Notes>4000-12 and metronome</Notes>", None),
    ],
)
def test_ids_of_databases_are_found_where_taggers_leave_them(fields: str, ids: str | None) -> None:
    assert info(fields).external_ids == ids


@pytest.mark.parametrize(
    ("written", "gtin"),
    [
        ("978-1-60706-601-9", "9781607066019"),
        ("0-306-40615-x", "030640615X"),
        ("76194130593600111", "76194130593600111"),
        ("urn:comicvine:issue:145269", None),
        ("0000000000000", None),
        ("12345", None),
    ],
)
def test_a_gtin_is_one(written: str, gtin: str | None) -> None:
    assert info(f"<GTIN>{written}</GTIN>").gtin == gtin


def test_languages_are_told_by_their_codes() -> None:
    assert info("<LanguageISO>English</LanguageISO>").language == "en"
    assert info("<LanguageISO>pt_br</LanguageISO>").language == "pt-BR"


def test_an_age_rating_nobody_knows_is_none() -> None:
    assert info("<AgeRating>Unknown</AgeRating>").age_rating is None


@pytest.mark.parametrize(
    "body",
    [
        "<Title>x</Title><Title/><Series>a &amp; b &lt;c&gt;</Series>",
        "<Title>a\r\nb\rc</Title>\r\n<Number> 7 </Number>",
        "<Writer>A</Writer><Writer>B</Writer><Unheard>of</Unheard><Notes />",
        "<Pages><Page Image='0' Type='FrontCover'/></Pages><Title>x</Title>",
        '<Pages><Page Image="0" /><Page Image="2" Type="FrontCover"/></Pages><Title>x</Title>',
        '<Pages>\n</Pages><Pages><Page Image="1"\n Type="frontcover" Key="a>b"/></Pages>',
        '<Pages><Page Type="FrontCover"/><Page Type="FrontCover" Image="3"/></Pages>',
        "<Summary>漫画 &quot;é&quot;</Summary><Web>https://a.example/?a=1&amp;b=2</Web>",
        "<Title>a &#233; b</Title>",
        "<Pages/><Title> </Title><Year>2020</Year>",
    ],
)
def test_flat_documents_say_the_same_to_either_reader(body: str) -> None:
    flat = f"<?xml version='1.0'?>\n<ComicInfo xmlns:x='urn:x'>{body}</ComicInfo>\n"
    assert parse(flat.encode()) == parse(
        flat.replace("</ComicInfo>", "<!----></ComicInfo>").encode()
    )


@pytest.mark.parametrize(
    "piece", ["<a>", "<a>x</a>", "<a/>", "<Pages>", "<Page ", "&amp;", " ", "x"]
)
def test_a_document_without_end_takes_no_time_without_end(piece: str) -> None:
    with pytest.raises(FormatError):
        parse(b"<ComicInfo><Title>" + piece.encode() * 30_000)


DOCUMENT = "<ComicInfo><Title>Café “Été”</Title></ComicInfo>"


@pytest.mark.parametrize(
    "data",
    [
        DOCUMENT.encode(),
        codecs.BOM_UTF8 + DOCUMENT.encode(),
        b"\n \t" + DOCUMENT.encode(),
        DOCUMENT.encode("utf-16"),
        DOCUMENT.encode("utf-16-le"),
        DOCUMENT.encode("utf-16-be"),
        DOCUMENT.encode("windows-1252"),
        b'<?xml version="1.0" encoding="utf-8"?>' + DOCUMENT.encode("windows-1252"),
        b'<?xml version="1.0" encoding="utf-16"?>' + DOCUMENT.encode(),
        b"<?xml version='1.0' encoding='windows-1252'?>" + DOCUMENT.encode("windows-1252"),
        b'<?xml version="1.0" encoding="mac-roman"?>' + DOCUMENT.encode(),
        ('<?xml version="1.0" encoding="utf-16"?>' + DOCUMENT).encode("utf-16"),
    ],
)
def test_a_document_is_read_in_the_encoding_it_is_in(data: bytes) -> None:
    assert parse(data).title == "Café “Été”"


def test_a_declared_code_page_is_believed_where_it_is_not_utf8() -> None:
    data = '<?xml version="1.0" encoding="Shift_JIS"?><ComicInfo><Title>漫画</Title></ComicInfo>'
    assert parse(data.encode("shift_jis")).title == "漫画"


def test_one_broken_character_does_not_change_the_encoding() -> None:
    data = DOCUMENT.replace("Café", "第一話 第一話 ?").encode().replace(b"?", b"\xff")
    assert parse(data).title == "第一話 第一話 \ufffd “Été”"


@pytest.mark.parametrize(
    "document",
    [
        "<comicinfo><TITLE>x</TITLE></comicinfo>",
        '<ComicInfo xmlns="http://a.example/ns"><Title>x</Title></ComicInfo>',
        '<c:ComicInfo xmlns:c="urn:c"><c:Title>x</c:Title></c:ComicInfo>',
        "<ComicInfo><Title>x</Title><Unknown>y</Unknown></ComicInfo>",
        "<ComicInfo><Title><b>x</b></Title></ComicInfo>",
        "<ComicInfo><Title><![CDATA[x]]></Title></ComicInfo>",
        "<!-- by hand --><ComicInfo><Title>x</Title></ComicInfo>",
        "<!DOCTYPE ComicInfo><ComicInfo><Title>x</Title></ComicInfo>",
    ],
)
def test_unusual_but_clear_documents_are_read(document: str) -> None:
    assert parse(document.encode()).title == "x"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Tom & Jerry", "Tom & Jerry"),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("a\x0bb\x00", "ab"),
        ("caf&eacute;&nbsp;2", "café\xa02"),
        ("a &unheardof; b", "a &unheardof; b"),
        ("a &#x1f; b & c", "a  b & c"),
        ("R&D; x &LT; y", "R&D; x < y"),
    ],
)
def test_common_mistakes_are_mended(written: str, meant: str) -> None:
    # One that is a mistake in every case makes the second, mending attempt necessary.
    assert info(f"<Notes>&</Notes><Title>{written}</Title>").title == meant


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not XML",
        b"<ComicInfo><Title>cut o",
        b"<ComicInfo></ComicBook>",
        b"<html><body>404</body></html>",
        b"\0\0\0\0",
        b"\xff\xfe\xfd",
        b"<ComicInfo/>" + b" " * (4 << 20),
    ],
)
def test_what_is_no_comicinfo_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"ComicInfo\.xml") as caught:
        parse(data)
    assert caught.value.error_class is ErrorClass.METADATA_INVALID


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]><ComicInfo><Title>&a;</Title></ComicInfo>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><ComicInfo>&a;</ComicInfo>',
        '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:9/">%a;]><ComicInfo/>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "windows-1252"])
def test_entities_of_a_documents_own_are_refused(document: str, encoding: str) -> None:
    with pytest.raises(FormatError, match="entities") as caught:
        parse(document.encode(encoding))
    assert caught.value.error_class is ErrorClass.METADATA_INVALID


def test_elements_nested_without_end_do_no_harm() -> None:
    deep = b"<a>" * 40_000
    with pytest.raises(FormatError):
        parse(b"<ComicInfo>" + deep)
    assert parse(b"<ComicInfo>" + deep + b"</a>" * 40_000 + b"</ComicInfo>") == Metadata()


def test_more_tags_than_a_document_needs_are_refused_before_they_take_memory() -> None:
    with pytest.raises(FormatError, match="more than 100,000 tags"):
        parse(b"<ComicInfo>" + b"<a>" * 100_000)


@needs_real
def test_samples_of_other_projects_are_read() -> None:
    samples = REAL / "metadata" / "samples" / "comicbox"
    found = parse((samples / "Captain Science 001" / "comicinfo.xml").read_bytes())
    assert found.series_title == "Captain Science"
    for sample in samples.rglob("comicinfo*.xml"):
        parse(sample.read_bytes())
