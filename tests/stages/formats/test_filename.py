"""Taking file names apart."""

from __future__ import annotations

import random

import pytest

from stages.formats.filename import FileName, parse

WESTERN = [
    ("Harbour 012", FileName("Harbour", "12")),
    ("Harbour #12", FileName("Harbour", "12")),
    ("Harbour #1.5", FileName("Harbour", "1.5")),
    ("Harbour 12,5", FileName("Harbour", "12.5")),
    ("Harbour #1,000,000", FileName("Harbour", "1000000")),
    ("Harbour #½", FileName("Harbour", "½")),
    ("Harbour 001½", FileName("Harbour", "1½")),
    ("Harbour #-1", FileName("Harbour", "-1")),
    ("Harbour -1 (1997)", FileName("Harbour", "-1", year=1997)),
    ("Harbour #0", FileName("Harbour", "0")),
    ("Harbour 000", FileName("Harbour", "0")),
    ("Harbour #0.0.1", FileName("Harbour", "0.0.1")),
    ("Harbour #27AU", FileName("Harbour", "27AU")),
    ("Harbour 027AU (2013)", FileName("Harbour", "27AU", year=2013)),
    ("Harbour #1.MU", FileName("Harbour", "1.MU")),
    ("Harbour 078.BEY (2022)", FileName("Harbour", "78.BEY", year=2022)),
    ("Harbour 003a", FileName("Harbour", "3a")),
    ("Harbour 10A", FileName("Harbour", "10A")),
    ("Harbour #B01 Tides", FileName("Harbour", "B01", title="Tides")),
    ("Harbour No. 4 (1940)", FileName("Harbour", "4", year=1940)),
    ("Harbour issue #4", FileName("Harbour", "4")),
    ("Harbour v02", FileName("Harbour", volume=2)),
    ("Harbour v2 003", FileName("Harbour", "3", 2)),
    ("Harbour v4 (2016) 007", FileName("Harbour", "7", 4, 2016)),
    ("Harbour Annual 1999", FileName("Harbour Annual", "1999", year=1999, format="Annual")),
    (
        "Harbour Summer Special 1978",
        FileName("Harbour Summer Special", "1978", year=1978, format="Special"),
    ),
    ("Harbour 10AI (2013)", FileName("Harbour", "10AI", year=2013)),
    ("Harbour_v3_-_Low_Tide_001", FileName("Harbour", "1", 3, title="Low Tide")),
    ("2000AD 0001", FileName("2000AD", "1")),
    ("Harbour 2049 03", FileName("Harbour 2049", "3")),
    ("100 Harbours 012", FileName("100 Harbours", "12")),
    ("Harbour '66 Meets Tide '77 03", FileName("Harbour '66 Meets Tide '77", "3")),
    ("Harbour - v6 - 10 - (2019)", FileName("Harbour", "10", 6, 2019)),
    ("Harbour Vol. 2 #3", FileName("Harbour", "3", 2)),
    ("Harbour Vol.2020 #5 (March, 2021)", FileName("Harbour", "5", 2020, 2021)),
    ("Harbour (1957) #92 (1969)", FileName("Harbour", "92", 1957, 1969)),
    ("Harbour (1957-) #92 (1969)", FileName("Harbour", "92", 1957, 1969)),
    ("Harbour (2016-2018) #1", FileName("Harbour", "1", year=2016, year_end=2018)),
    ("Harbour Tome 01a", FileName("Harbour", volume=1)),
    ("Harbour-012-2019", FileName("Harbour", "12", year=2019)),
    ("Charlotte's Web 01", FileName("Charlotte's Web", "1")),
    ("Harbour 01 digital", FileName("Harbour", "1")),
    ("Harbour Book 03 (2020)", FileName("Harbour", None, 3, 2020)),
    ("Harbour v1 Annual #01", FileName("Harbour Annual", "1", 1, format="Annual")),
    ("Harbour 01 (of 06) (2019)", FileName("Harbour", "1", year=2019, count=6)),
    ("Harbour 1 of 6", FileName("Harbour", "1", count=6)),
    ("Harbour (1 of 3)", FileName("Harbour", "1", count=3)),
    ("Harbour 012 (1966-02) (digital)", FileName("Harbour", "12", year=1966)),
    ("Harbour 012 (January 2022)", FileName("Harbour", "12", year=2022)),
    ("Harbour, 2021-08-04 (#02)", FileName("Harbour", "2", year=2021)),
    ("Harbour #2 2001-02-24", FileName("Harbour", "2", year=2001)),
    ("Harbour 02-24-2001", FileName("Harbour", year=2001)),
    ("Harbour #49 Sep-Oct 1951", FileName("Harbour", "49", year=1951)),
    ("Harbour 012 2001", FileName("Harbour", "12", year=2001)),
    ("Harbour (1986-1987)", FileName("Harbour", year=1986, year_end=1987)),
    ("Harbour 001-005 (1959)", FileName("Harbour", "1-5", year=1959)),
    ("Harbour #12 & #13", FileName("Harbour", "12-13")),
    ("Harbour (2000) 001 Title", FileName("Harbour", "1", year=2000, title="Title")),
    ("Harbour 001 (2000) Title (TPB)", FileName("Harbour", "1", None, 2000, "Title", format="TPB")),
    ("Harbour #5 - The 13th Night", FileName("Harbour", "5", title="The 13th Night")),
    ("Harbour v01 - Tides (2020)", FileName("Harbour", None, 1, 2020, "Tides")),
    ("Harbour #8 - Tides 03 (of 06) (2021)", FileName("Harbour", "8", 3, 2021, "Tides")),
    ("Harbour_012_(2001)", FileName("Harbour", "12", year=2001)),
    (" Har-Bour-V1-#067", FileName("Har-Bour", "67", 1)),
    ("harbour-chapter-123", FileName("harbour", "123")),
    ("The.Harbour.03.(of.08).(2017)", FileName("The Harbour", "3", year=2017, count=8)),
    ("52 Harbour_Lights_v1_#2__c2c", FileName("Harbour Lights", "2", 1)),
    ("Harbour - Origins 003", FileName("Harbour - Origins", "3")),
    ("Harbour 012.cbr", FileName("Harbour", "12")),
    ("Harbour 012.cbr.cbz", FileName("Harbour", "12")),
    ("04 - Harbour (1964)", FileName("Harbour", "4", year=1964)),
    ("Harbour Lights (2001)", FileName("Harbour Lights", year=2001)),
    ("Harbour (digital (Some-Group)", FileName("Harbour", group="Some-Group")),
    ("Harbour", FileName("Harbour")),
    ("Harbour 9" + "9" * 30, FileName("Harbour", "9" + "9" * 30)),
    ("Harbour v9" + "9" * 30, FileName("Harbour")),
]

NUMBERS_OF_TITLES = [
    ("Night of 1000 Wolves 001 (2013)", FileName("Night of 1000 Wolves", "1", year=2013)),
    ("Night of 1000 Wolves (2013)", FileName("Night of 1000 Wolves", year=2013)),
    ("19687 Harbour 53", FileName("19687 Harbour", "53")),
    ("100 Harbours 045", FileName("100 Harbours", "45")),
    ("30 Days v01", FileName("30 Days", volume=1)),
    ("Harbour 2099 012 (1993)", FileName("Harbour 2099", "12", year=1993)),
    ("Harbour 2029 #006 (2021)", FileName("Harbour 2029", "6", year=2021)),
    ("Harbour '89 (2021)", FileName("Harbour '89", year=2021)),
    ("Harbour 100-Page Giant 02", FileName("Harbour 100-Page Giant", "2")),
    ("Harbour - IG-88 (2021)", FileName("Harbour - IG-88", year=2021)),
    ("Harbour 3D 01", FileName("Harbour 3D", "1")),
    ("Harbour F.1 02", FileName("Harbour F.1", "2")),
    ("Harbour 80th Anniversary 01", FileName("Harbour 80th Anniversary", "1")),
    ("Harbour 12:30 - 03", FileName("Harbour 12:30", "3")),
    ("Kaiju No. 8 036 (2021)", FileName("Kaiju No. 8", "36", year=2021)),
    ("Kaiju No. 8 v05", FileName("Kaiju No. 8", volume=5)),
    ("H.A.R.B.O.U.R. 004", FileName("H.A.R.B.O.U.R.", "4")),
    ("2000 Harbour 0366 [1984-04-28]", FileName("2000 Harbour", "366", year=1984)),
]

MANGA = [
    ("Harbour - c1044 (v103) [HQ]", FileName("Harbour", "1044", 103)),
    ("Harbour Vol.15 Ch.130", FileName("Harbour", "130", 15)),
    ("Harbour Chapter 001 Volume 002", FileName("Harbour", "1", 2)),
    ("Harbour 028 Vol. 2", FileName("Harbour", "28", 2)),
    ("Harbour - Chapter 139", FileName("Harbour", "139")),
    ("Harbour, Chapter 12 [Group][v2]", FileName("Harbour", "12", group="Group")),
    ("Harbour_Chapter11v2", FileName("Harbour", "11")),
    ("[Group] Harbour - 012 [HQ]", FileName("Harbour", "12", group="Group")),
    ("(C99) [Circle] Harbour", FileName("Harbour", group="Circle")),
    ("Harbour [Volume 11]", FileName("Harbour", volume=11)),
    ("Harbour v03.5", FileName("Harbour", volume=3.5)),
    ("Harbour v16-17", FileName("Harbour", volume=16, volume_end=17)),
    ("Harbour v01-v12", FileName("Harbour", volume=1, volume_end=12)),
    ("Harbour_v11_c90-98", FileName("Harbour", "90-98", 11)),
    ("Harbour - c000 - c006 (v06)", FileName("Harbour", "0-6", 6)),
    ("Harbour - c001-006x1 (v01)", FileName("Harbour", "1-6", 1)),
    ("Harbour Vol-1 (Ch 01-08)", FileName("Harbour", "1-8", 1)),
    ("Harbour v09 Uncensored (Ch.071-079)", FileName("Harbour", "71-79", 9, edition="Uncensored")),
    ("Harbour v01 - ch. 09 - pg. 008", FileName("Harbour", "9", 1)),
    ("Harbour Ch.5.extra", FileName("Harbour", "5.extra")),
    ("Harbour - Ch.15 - A 16 Year Old", FileName("Harbour", "15", title="A 16 Year Old")),
    ("Harbour - SP02 Extra", FileName("Harbour", "SP2", title="Extra", format="Special")),
    ("Chapter 5 - The Storm", FileName(None, "5", title="The Storm")),
    ("Vol. 04 Ch. 054.5", FileName(None, "54.5", 4)),
    ("港 第3話", FileName("港", "3")),
    ("港　第３巻", FileName("港", volume=3)),
    ("港第二十三话", FileName("港", "23")),
    ("港 12巻", FileName("港", volume=12)),
    ("【組】港 卷2第25话", FileName("港", "25", 2, group="組")),
    ("港 (41)", FileName("港", "41")),
]

WEBTOONS = [
    ("Harbour - Episode 406 (52 Pages)", FileName("Harbour", "406")),
    ("Harbour Ep. 014 - Moving In", FileName("Harbour", "14", title="Moving In")),
    ("Harbour Season 2 Episode 5", FileName("Harbour", "5", 2)),
    ("Harbour S2 Ep. 5", FileName("Harbour", "5", 2)),
    ("Harbour S02E05", FileName("Harbour", "5", 2)),
    ("Harbour 2nd Season 05", FileName("Harbour 2nd Season", "5")),
    ("Harbour S3 - 012", FileName("Harbour", "12", 3)),
    ("Harbour [Season 4] Ep. 500", FileName("Harbour", "500", 4)),
    ("항구 110화", FileName("항구", "110")),
    ("항구 제 4 화", FileName("항구", "4")),
    ("항구 38-1화", FileName("항구", "38")),
    ("항구 1-5화", FileName("항구", "1-5")),
    ("항구 2년 후 1권", FileName("항구 2년 후", volume=1)),
    ("항구 13회#2", FileName("항구", "2", 13)),
    ("시즌34삽화2", FileName(None, "2", 34)),
    ("ท่าเรือ เล่ม ๑ ตอนที่ ๓", FileName("ท่าเรือ", "3", 1)),
]

EUROPEAN = [
    ("Le Port - Tome 3", FileName("Le Port", volume=3)),
    ("Le Port T03 - La Marée", FileName("Le Port", volume=3, title="La Marée")),
    ("Le Port Tome 1 & 2", FileName("Le Port", volume=1, volume_end=2)),
    ("BD Fr-Le Port-t6", FileName("Le Port", volume=6)),
    ("Le Port - HS 02", FileName("Le Port - HS", "2", format="Special")),
    ("Der Hafen Band 2", FileName("Der Hafen", volume=2)),
    ("Der Hafen Nr. 512 (2018)", FileName("Der Hafen", "512", year=2018)),
    ("Der Hafen Heft 12", FileName("Der Hafen", "12")),
    ("El Puerto Tomo 3", FileName("El Puerto", volume=3)),
    ("Il Porto n° 345 - La Marea", FileName("Il Porto", "345", title="La Marea")),
    ("De Haven deel 67", FileName("De Haven", volume=67)),
    ("De Haven #8 De 8ste man", FileName("De Haven", "8", title="De 8ste man")),
    ("Port Tom 05 (2010)", FileName("Port", volume=5, year=2010)),
    ("Порт Том 1 Глава 3", FileName("Порт", "3", 1)),
    ("Порт 12 том", FileName("Порт", volume=12)),
    ("Порт №5", FileName("Порт", "5")),
]

IN_BRACKETS = [
    ("Harbour [ENG]", FileName("Harbour", language="en")),
    ("Harbour 3 (fr) (digital)", FileName("Harbour", "3", language="fr")),
    ("Harbour 3 (digital) (Group-Empire)", FileName("Harbour", "3", group="Group-Empire")),
    ("Harbour 3 (OGN)", FileName("Harbour", "3", format="Graphic Novel")),
    ("Harbour TPB (2016)", FileName("Harbour", year=2016, format="TPB")),
    ("Harbour 3 (4 covers)", FileName("Harbour", "3")),
    ("Harbour {Special Edition} 3", FileName("Harbour", "3", edition="Special Edition")),
    ("Harbour [One-Shot]", FileName("Harbour", format="One-Shot")),
]

NOTHING_MUCH = [
    ("", FileName()),
    ("(2001)", FileName(year=2001)),
    ("001", FileName(None, "1")),
    ("#52", FileName("52", "52")),  # what else would it be called
    ("300", FileName("300", "300")),
    ("1-5", FileName(None, "1-5")),
    ("-", FileName()),
]


@pytest.mark.parametrize(
    ("stem", "parts"),
    WESTERN + NUMBERS_OF_TITLES + MANGA + WEBTOONS + EUROPEAN + IN_BRACKETS + NOTHING_MUCH,
)
def test_a_file_name_is_taken_apart(stem: str, parts: FileName) -> None:
    assert parse(stem) == parts


@pytest.mark.parametrize(
    ("stem", "folder", "parts"),
    [
        ("Area 51", "Area 51 (1999)", FileName("Area 51")),
        ("Area 51", "Area 5", FileName("Area", "51")),
        ("Area 51 2", "Area 51", FileName("Area 51", "2")),
        ("Area 51 1 - All 14", "Area 51", FileName("Area 51", "1", title="All 14")),
        ("AREA 51 003 (2001)", "Area 51", FileName("AREA 51", "3", year=2001)),
        ("Harbour 012", "Harbour 012", FileName("Harbour", "12")),
        ("001", "Harbour (2001)", FileName("Harbour", "1")),
        ("04 - Low Tide", "Harbour", FileName("Harbour", "4", title="Low Tide")),
        ("Vol. 2 Ch. 5", "Harbour", FileName("Harbour", "5", 2)),
        ("Other 3", "Harbour", FileName("Other", "3")),
    ],
)
def test_the_folder_tells_the_series(stem: str, folder: str, parts: FileName) -> None:
    assert parse(stem, folder=folder) == parts
    assert parse(f"comics/{folder}/{stem}.cbz") == parts


def test_in_manga_the_number_between_words_is_the_chapters() -> None:
    assert parse("Harbour 67 Down with Tides", manga=True) == FileName(
        "Harbour", "67", title="Down with Tides"
    )
    assert parse("Harbour 67 Down with Tides").number is None


def test_of_western_comics_a_lone_volume_is_the_number() -> None:
    assert parse("Harbour v03", manga=False) == FileName("Harbour", "3", 3)
    assert parse("Harbour v03 #7", manga=False) == FileName("Harbour", "7", 3)
    assert parse("Harbour v03", manga=True) == FileName("Harbour", None, 3)


def test_every_text_has_an_answer() -> None:
    rng = random.Random(13)
    pieces = ["#", "of", "v", "1", "½", "(", ")", "[", "2001", "-", ".", ",", ":", "&", "/"]
    pieces += [
        "Ch",
        "S2",
        "E5",
        "SP",
        "Tome",
        " ",
        " ",
        "_",
        "é",
        "٣",
        "²",
        "第",
        "卷",
        "화",
        "ที่",
        "x",
    ]
    for _ in range(5000):
        text = "".join(rng.choices(pieces, k=rng.randrange(12)))
        found = parse(text, manga=rng.choice((None, True, False)))
        assert found.number != ""
        assert found.series != ""
        assert found.title != ""
