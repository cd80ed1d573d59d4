"""MetronInfo.xml, the metadata that taggers write from a curated database.

The format is that of https://github.com/Metron-Project/metroninfo, versions 1.0 and 1.1. Nothing is
rejected for a bad value; what older tools wrote flatter than the schema has it is read, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from stages.formats import language, metadata_values
from stages.formats.metadata import Metadata
from stages.formats.metadata_values import integer, iso_date, prose, text
from stages.formats.metadata_xml import attribute, child, children, content, root_of

# The 42 roles of the schema, in lower case; any other is "other".
_ROLES = {
    **dict.fromkeys(("writer", "script", "story", "plot", "interviewer"), "writer"),
    **dict.fromkeys(("artist", "illustrator"), "artist"),
    **dict.fromkeys(("penciller", "breakdowns", "layouts"), "penciller"),
    **dict.fromkeys(("inker", "embellisher", "finishes", "ink assists"), "inker"),
    **dict.fromkeys(
        ("colorist", "color separations", "color assists", "color flats", "gray tone"), "colorist"
    ),
    "letterer": "letterer",
    "cover": "cover_artist",
    "translator": "translator",
    **dict.fromkeys(("designer", "logo design", "production"), "designer"),
}
# A list's element, that of its members, and the kind of tag they are.
_LISTS = (
    ("genres", "genre", "genre"),
    ("tags", "tag", "tag"),
    ("characters", "character", "character"),
    ("teams", "team", "team"),
    ("locations", "location", "location"),
    ("universes", "universe", "universe"),
    ("reprints", "reprint", "reprint"),
)
_SOURCES = {
    "anilist": "anilist",
    "comic vine": "comicvine",
    "grand comics database": "gcd",
    "kitsu": "kitsu",
    "mangadex": "mangadex",
    "mangaupdates": "mangaupdates",
    "marvel": "marvel",
    "metron": "metron",
    "myanimelist": "myanimelist",
    "league of comic geeks": "locg",
}


def parse(data: bytes) -> Metadata:
    """Read a MetronInfo.xml; raises `FormatError` metadata_invalid when it is not one."""
    root = root_of(data, "metroninfo", "MetronInfo.xml")

    def said(name: str) -> str:
        return content(child(root, name))

    series, publisher = child(root, "series"), child(root, "publisher")
    arcs = _arcs(root)
    return Metadata(
        title=_title(root),
        series_title=text(_name(series)),
        number=metadata_values.number(said("number")),
        issue_count=integer(content(child(series, "issuecount")), 1),
        volume=_volume(series, said("mangavolume")),
        alternate_number=metadata_values.number(said("alternativenumber")),
        summary=prose(said("summary")),
        notes=prose(said("notes")),
        release_date=iso_date(said("coverdate")) or iso_date(said("storedate")),
        store_date=iso_date(said("storedate")),
        web=_addresses(root),
        language=_language(series),
        format=text(content(child(series, "format"))),
        age_rating=metadata_values.age_rating(said("agerating")),
        community_rating=_rating(root),
        gtin=_gtin(root),
        external_ids=_ids(root),
        prices=_prices(root),
        publisher=text(_name(publisher)),
        imprint=text(_name(child(publisher, "imprint"))),
        credits=tuple(dict.fromkeys(_credits(root))),
        tags=(*_tags(root, series), *(("story_arc", name) for name in arcs)),
        story_arcs=tuple(arcs.items()),
    )


def _name(element: Element | None) -> str:
    """What a thing is called: the schema has a <Name> in it for some, and older tools do not."""
    return content(child(element, "name")) or (
        (element.text or "").strip() if element is not None else ""
    )


def _title(root: Element) -> str | None:
    """The collection's title, or those of the stories in it."""
    collection = text(content(child(root, "collectiontitle")))
    if collection:
        return collection
    stories = [_name(story) for story in children(child(root, "stories"), "story")]
    return text("; ".join(metadata_values.names(stories)))


def _volume(series: Element | None, manga_volume: str) -> int | None:
    volume = integer(content(child(series, "volume")), 0)
    return integer(manga_volume, 0) if volume is None else volume


def _language(series: Element | None) -> str | None:
    return None if series is None else language.code_of(attribute(series, "lang"))


def _rating(root: Element) -> float | None:
    rating = child(root, "communityrating")
    return metadata_values.rating(content(child(rating, "averagerating")) or None)


def _first_ones(elements: Iterator[Element]) -> list[Element]:
    """The elements, one that is marked as the primary of them first."""
    return sorted(elements, key=lambda element: attribute(element, "primary").lower() != "true")


def _addresses(root: Element) -> str | None:
    urls = [*_first_ones(children(child(root, "urls"), "url")), *children(root, "url")]
    return " ".join("".join(content(url).split()) for url in urls).strip() or None


def _ids(root: Element) -> str | None:
    """ "metron:290431 comicvine:12345", the primary one first."""
    ids = []
    for one in _first_ones(children(child(root, "ids"), "id")):
        source, value = attribute(one, "source").lower(), content(one)
        if value and " " not in value and source in _SOURCES:
            ids.append(f"{_SOURCES[source]}:{value}")
    return text(" ".join(dict.fromkeys(ids)))


def _prices(root: Element) -> str | None:
    prices = (
        f"{attribute(price, 'country').upper() or '-'}:{content(price)}"
        for price in children(child(root, "prices"), "price")
        if content(price).replace(".", "", 1).isdecimal()
    )
    return text(" ".join(prices))


def _gtin(root: Element) -> str | None:
    gtin = child(root, "gtin")
    found = (content(child(gtin, "isbn")), content(child(gtin, "upc")))
    return next(filter(None, map(metadata_values.trade_number, found)), None)


def _credits(root: Element) -> Iterator[tuple[str, str]]:
    for credit in children(child(root, "credits"), "credit"):
        for person in metadata_values.names([_name(child(credit, "creator"))]):
            roles = [content(role).lower() for role in children(child(credit, "roles"), "role")]
            for role in roles or ["other"]:
                yield _ROLES.get(role, "editor" if "editor" in role else "other"), person


def _tags(root: Element, series: Element | None) -> list[tuple[str, str]]:
    tags = [
        (kind, name)
        for group, member, kind in _LISTS
        for name in metadata_values.names(map(_name, children(child(root, group), member)))
    ]
    others = children(child(series, "alternativenames"), "alternativename")
    return tags + [("other_name", name) for name in metadata_values.names(map(content, others))]


def _arcs(root: Element) -> dict[str, str | None]:
    """Each arc's name and the comic's number in it."""
    arcs: dict[str, str | None] = {}
    for arc in children(child(root, "arcs"), "arc"):
        for name in metadata_values.names([_name(arc)]):
            arcs.setdefault(name, metadata_values.number(content(child(arc, "number"))))
    return arcs
