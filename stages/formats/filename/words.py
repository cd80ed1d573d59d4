"""The words that file names are written with, as tables: what they call a number, a language, a
format. All in lower case; nothing here decides anything.
"""

# ruff: noqa: RUF001 - letters of other scripts are meant

from __future__ import annotations

from enum import Enum


class Role(Enum):
    """What a number in a file name counts."""

    NUMBER = "number"  # issues, chapters, episodes
    VOLUME = "volume"
    SEASON = "season"  # the volume of episodes
    SPECIAL = "special"  # SP01
    OTHER = "other"  # pages, versions, parts: nothing that tells one comic from another
    BARE = "bare"  # nobody says what


# By these names they are found a good deal faster than by Role's.
NUMBER, VOLUME, SEASON, SPECIAL, OTHER, BARE = Role


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _table(lines: dict[Role, str]) -> dict[str, Role]:
    return {word: role for role, words in lines.items() for word in words.split()}


# Before their number: "Vol. 3", "Chapter 5", "Tome 2", "Глава 1".
LABELS = _table(
    {
        NUMBER: """
            # № n no nr nro num number issue iss prog
            ch chap chapter chapters chp c e ep eps episode episodes
            chapitre épisode numéro fascicule fasc
            capítulo capitulo cap capitolo capítol edição episodio número numero albo
            kapitel kap heft ausgabe folge nummer
            hoofdstuk aflevering kapittel avsnitt hæfte luku numer
            rozdział rozdzial zeszyt kapitola číslo cislo sešit fejezet szám capitolul
            глава главы гл выпуск вып номер серия эпизод розділ випуск глави
            κεφάλαιο τεύχος bölüm bolum sayı sayi chương chuong bab
            الفصل فصل العدد פרק גיליון अध्याय अंक บทที่ บท ตอนที่ ตอน
        """,
        VOLUME: """
            v vol vols volume volumes book
            t tome tomes livre tomo volumen libro livro
            band bd buch deel bind bok osa
            tom księga svazek díl dil kötet zväzok volumul
            том тома книга кн τόμος cilt tập tap quyển jilid
            المجلد مجلد כרך खंड เล่มที่ เล่ม
        """,
        SEASON: "s season seasons saison staffel temporada stagione seizoen sezon сезон",
        SPECIAL: "sp",
        OTHER: """
            p pg pp page pages ver version rev disc part parts pt teil partie parte arc часть
        """,
    }
)

# Labels that are also letters or words of a title: they count only where they touch the number, as
# in "v2", "c.12", "T03".
TOUCHING = _set("v c t s e p n no sp кн гл")

# Labels that are also said within titles: a number right behind theirs has it ("Kaiju No. 8 036").
WEAK = _set("n no nr nro num number")

# Before their number in scripts without spaces, so that the title may touch them: "第3話", "卷2".
JOINED = {
    "第": BARE,
    "제": BARE,
    "卷": VOLUME,
    "巻": VOLUME,
    "시즌": SEASON,
    "삽화": NUMBER,
    "บทที่": NUMBER,
    "ตอนที่": NUMBER,
    "เล่มที่": VOLUME,
    "เล่ม": VOLUME,
}

# Those that do not say what of, but what stands behind the number does: "第3話", "제 3 화".
ORDINALS = frozenset(word for word, role in JOINED.items() if role is BARE)

# Behind their number, which they touch: "3巻", "第12話", "5권", "13화".
MARKS = {
    **dict.fromkeys("巻卷冊册권집", VOLUME),
    **dict.fromkeys("話话章回号號期集화회장", NUMBER),
    **dict.fromkeys("季", SEASON),
}

# Words that may stand behind their number, apart from it: "1 Том", "2 глава".
BEHIND = _table(
    {
        NUMBER: "глава главы выпуск",
        VOLUME: "том тома tome tomo книга",
        SEASON: "сезон",
    }
)

# Between a number and how many there are: "1 of 6", "(von 4)".
OF = "of|von|de|di|van|sur|из"

# What the number of a title counts: "100 Page Giant", "5 Years Later".
UNITS = _set(
    "page pages covers year years day days night nights hour hours minute minutes"
    " anniversary ans jahre años anni"
)

# What the number of a title follows: "Night of 1000 Wolves", "The 7 Samurai".
LEADING_IN = _set("of the in a an and & to de des der die das la le les el los il")

# Behind the number, or in brackets, and no title or group: how the file was made.
NOISE = _set(
    "c2c digital digital-hd dig cover hd hq webrip web noads raw raws scan scans scanlation"
    " repaired fixed"
)

# Abbreviations at the end of a name that no series has in its own.
CONTAINERS = _set("tpb tpbs gn ogn hc")

# ComicInfo's Format, by the words that say so.
FORMATS = {
    "annual": "Annual",
    "annuals": "Annual",
    "special": "Special",
    "specials": "Special",
    "extra": "Special",
    "bonus": "Special",
    "omake": "Special",
    "hors-série": "Special",
    "hors-serie": "Special",
    "hs": "Special",
    "sonderband": "Special",
    "one-shot": "One-Shot",
    "oneshot": "One-Shot",
    "tpb": "TPB",
    "tpbs": "TPB",
    "omnibus": "Omnibus",
    "gn": "Graphic Novel",
    "ogn": "Graphic Novel",
    "hc": "Hard Cover",
    "hardcover": "Hard Cover",
    "fcbd": "Free Comic Book Day",
    "preview": "Preview",
    "anthology": "Anthology",
}

# The last word of an edition: "Deluxe Edition", "Full Color".
EDITIONS = _set(
    "edition ausgabe édition edición edizione uncensored remastered unabridged color colour"
    " colored coloured deluxe"
)

_LANGUAGES = """
en en eng english gb us uk
fr fr fre fra french français francais vf
de de ger deu german deutsch
es es spa esp spanish español espanol castellano
it it ita italian italiano
pt pt por portuguese português pt-br br
nl nl dut nld dutch nederlands
pl pl pol polish polski
ru ru rus russian русский
ja ja jp jpn japanese 日本語
ko ko kr kor korean 한국어
zh zh cn chi zho chinese 中文 中国翻訳
th th tha thai ไทย
id id ind indonesian
vi vi vie vietnamese
tr tr tur turkish türkçe
cs cs cze ces czech
sv sv swe swedish svenska
da da dan danish dansk
no no nor norwegian norsk
fi fi fin finnish suomi
hu hu hun hungarian magyar
"""

# ISO 639-1 codes by what stands in brackets: "(fr)", "[ENG]", "[German]".
LANGUAGES = {
    word: code
    for code, *words in (line.split() for line in _LANGUAGES.strip().splitlines())
    for word in words
}
