"""What is known of a comic, in words: its fields, its file, and where each of them comes from.

The page around the words is `webui/library.py`'s; docs/METADATA.md says which source counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from db import report
from db.catalogue import ComicDetails, SeriesDetails
from db.indexing import FIELDS
from db.times import iso
from stages.formats.language import name_of
from stages.formats.sources import Source, unpacked

ROLES = {
    "writer": "Written by",
    "artist": "Art",
    "penciller": "Pencils",
    "inker": "Inks",
    "colorist": "Colours",
    "letterer": "Letters",
    "cover_artist": "Cover",
    "editor": "Edited by",
    "translator": "Translated by",
    "designer": "Design",
    "other": "Also by",
}
TAG_KINDS = {
    "genre": "Genres",
    "character": "Characters",
    "team": "Teams",
    "location": "Locations",
    "universe": "Universes",
    "tag": "Tags",
    "other_name": "The series is also called",
    "reprint": "Reprints",
}
CONTAINERS = {
    "zip": "ZIP (CBZ)",
    "rar": "RAR (CBR)",
    "7z": "7-Zip (CB7)",
    "tar": "TAR (CBT)",
    "pdf": "PDF",
    "epub": "EPUB",
    "folder": "Folder of pictures",
}
LABELS = {
    "title": "Title",
    "series_title": "Series",
    "number": "Number",
    "issue_count": "Issues in all",
    "volume": "Volume",
    "release_date": "Released",
    "store_date": "On sale",
    "publisher": "Publisher",
    "imprint": "Imprint",
    "format": "Format",
    "language": "Language",
    "age_rating": "Age rating",
    "community_rating": "Rating",
    "alternate_series": "Also part of",
    "alternate_number": "Number there",
    "alternate_count": "Issues there",
    "series_groups": "Series group",
    "main_character_or_team": "Main character or team",
    "black_and_white": "Black and white",
    "manga": "Manga",
    "right_to_left": "Reads",
    "gtin": "GTIN",
    "external_ids": "Known elsewhere as",
    "prices": "Price",
    "scan_information": "Scan",
    "web": "Web",
    "summary": "Summary",
    "review": "Review",
    "notes": "Notes",
    "story_arc": "Story arcs",
    **ROLES,
    **TAG_KINDS,
}
PLACES = {
    Source.COMICINFO: "ComicInfo.xml in the file",
    Source.METRONINFO: "MetronInfo.xml in the file",
    Source.COMET: "CoMet in the file",
    Source.COMICBOOKINFO: "ComicBookInfo in the file",
    Source.EPUB: "the EPUB itself",
    Source.PDF: "the PDF itself",
    Source.FILENAME: "the file’s name",
    Source.SERIES_JSON: "series.json beside the file",
    Source.FOLDER: "the folder’s name",
}
_DATABASES = {
    "metron": "Metron",
    "comicvine": "Comic Vine",
    "gcd": "Grand Comics Database",
    "anilist": "AniList",
    "kitsu": "Kitsu",
    "mangadex": "MangaDex",
    "mangaupdates": "MangaUpdates",
    "marvel": "Marvel",
    "myanimelist": "MyAnimeList",
    "locg": "League of Comic Geeks",
}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
# On the page these stand by themselves, beside others, or in a tag's stead.
_TOLD_ELSEWHERE = frozenset(
    (
        *("title", "issue_count", "alternate_number", "alternate_count", "web", "summary"),
        *("review", "notes", "black_and_white", "manga"),
    )
)
_LONG = 120  # characters of a value that are shown beside its source
_UNLIKE = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Told:
    """One line of "where this comes from"."""

    label: str
    words: str
    place: str


def about(details: ComicDetails) -> dict[str, str]:
    """What the metadata says besides people, tags and prose: label → words."""
    words = _words(details)
    facts = details.facts
    if facts["number"] and facts["issue_count"]:
        words["number"] = f"{facts['number']} of {facts['issue_count']}"
    if facts["alternate_number"]:
        words["alternate_series"] = (
            f"{facts['alternate_series'] or ''} #{facts['alternate_number']}".strip()
        )
    if is_of_another_series(details):
        words["series_title"] += f", on the shelf with “{details.comic.series_name}”"
    return {LABELS[name]: said for name, said in words.items() if name not in _TOLD_ELSEWHERE}


def is_of_another_series(details: ComicDetails) -> bool:
    """Whether its metadata names a series other than that of its folder."""
    said, folder = details.facts["series_title"] or "", details.comic.series_name
    return _likened(said) not in _likened(folder)


def file_facts(details: ComicDetails) -> dict[str, str]:
    """What is known of the file itself: label → words."""
    facts = details.facts
    modified = iso(facts["mtime_ns"] / 1e9) or ""
    pages = facts["page_count"]
    said = {
        "File": details.comic.path,
        "Library": details.library,
        "Size": report.size(facts["size"]),
        "Kind": CONTAINERS.get(facts["container"], facts["container"]),
        "Pages": f"{pages:,}" if pages is not None else None,
        "Changed": modified[:10],
        "Added": (iso(details.comic.added_at) or "")[:10],
    }
    return {label: words for label, words in said.items() if words}


def sources(details: ComicDetails) -> dict[str, Source]:
    """Where each field comes from that has a value: columns, roles of credits, kinds of tags."""
    facts = details.facts
    there = [name for name in FIELDS if facts[name] not in (None, "") and name in LABELS]
    if not facts["right_to_left"]:
        there.remove("right_to_left")
    there += [name for name in ("publisher", "imprint") if facts[f"{name}_id"]]
    there += dict.fromkeys(role for role, _ in details.credits)
    there += dict.fromkeys(kind for kind, _, _ in details.tags)
    found = unpacked(facts["sources"], there)
    for name, said in (("publisher", details.publisher), ("imprint", details.imprint)):
        if said and not facts[f"{name}_id"]:
            found[name] = Source.SERIES_JSON
    return found


def where_from(details: ComicDetails) -> list[Told]:
    """The comic's place on the shelf and all its fields, each with its source in words."""
    words = _words(details)
    for role, name in details.credits:
        words[role] = f"{words[role]}, {name}" if role in words else name
    for kind, name, _ in details.tags:
        words[kind] = f"{words[kind]}, {name}" if kind in words else name
    found = sources(details)
    return [
        *_on_the_shelf(details),
        *(
            Told(label, _short(words[name]), PLACES[found[name]])
            for name, label in LABELS.items()
            if name in found and name in words
        ),
    ]


def series_sources(details: SeriesDetails) -> dict[str, str]:
    """Where each field of a series comes from: "folder", "series.json" or, from most, "comics"."""
    one = details.series
    said = {
        "name": (one.name, "folder"),
        "category": (one.category, "folder"),
        "subcategory": (one.subcategory, "folder"),
        "publisher": (one.publisher, details.publisher_from),
        "imprint": (details.imprint, "series.json"),
        "year": (one.year, "folder" if details.year_from_name else "series.json"),
        "status": (one.status, "series.json"),
        "total_issues": (details.total_issues, "series.json"),
        "booktype": (details.booktype, "series.json"),
        "description": (details.description, "series.json"),
    }
    return {name: source for name, (value, source) in said.items() if value}


def where_series_from(details: SeriesDetails) -> list[Told]:
    """A series' fields, each with its source in words."""
    one = details.series
    values = {
        "name": ("Name", one.name),
        "category": ("Category", one.category),
        "subcategory": ("Subcategory", one.subcategory),
        "publisher": ("Publisher", one.publisher),
        "imprint": ("Imprint", details.imprint),
        "year": ("Year", one.year),
        "status": ("Status", one.status),
        "total_issues": ("Issues published", details.total_issues),
        "booktype": ("Kind of book", details.booktype),
        "description": ("Description", details.description),
    }
    places = {
        "series.json": "series.json in its folder",
        "folder": "the folder’s name",
        "comics": "the metadata of its comics",
    }
    told = []
    for name, source in series_sources(details).items():
        label, value = values[name]
        is_path = name in ("category", "subcategory")
        place = f"its path, {details.folder}" if is_path else places[source]
        told.append(Told(label, _short(str(value)), place))
    return told


def released(date: str) -> str:
    """A date for people: "2018", "August 2018", "14 August 2018"."""
    year, *rest = date.split("-")
    if not rest:
        return year
    month = _MONTHS[int(rest[0]) - 1]
    return f"{int(rest[1])} {month} {year}" if len(rest) > 1 else f"{month} {year}"


def grouped(pairs: Sequence[tuple[str, str]], labels: dict[str, str]) -> dict[str, list[str]]:
    """Names by the label of their kind, in the order of the labels."""
    groups: dict[str, list[str]] = {label: [] for label in labels.values()}
    for kind, name in pairs:
        if kind in labels:
            groups[labels[kind]].append(name)
    return {label: names for label, names in groups.items() if names}


def _words(details: ComicDetails) -> dict[str, str]:
    """Every field that has a value, in words, in the order of the labels."""
    facts = details.facts
    values = dict(facts) | {"publisher": details.publisher, "imprint": details.imprint}
    rating = facts["community_rating"]
    values |= {
        "release_date": released(facts["release_date"]) if facts["release_date"] else None,
        "store_date": released(facts["store_date"]) if facts["store_date"] else None,
        "language": name_of(facts["language"]) if facts["language"] else None,
        "community_rating": f"{rating:g} of 5" if rating is not None else None,
        "right_to_left": "from right to left" if facts["right_to_left"] else None,
        "black_and_white": _yes_no(facts["black_and_white"]),
        "manga": _yes_no(facts["manga"]),
        "external_ids": ", ".join(_pairs(facts["external_ids"], _DATABASES)),
        "prices": ", ".join(_pairs(facts["prices"], {})),
    }
    return {name: str(values[name]) for name in LABELS if values.get(name)}


def _pairs(text: str | None, names: dict[str, str]) -> Iterable[str]:
    """ "Metron 12" for "metron:12"."""
    for pair in (text or "").split():
        name, _, value = pair.partition(":")
        yield f"{names.get(name, name)} {value}"


def _yes_no(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"


def _on_the_shelf(details: ComicDetails) -> list[Told]:
    """Why it stands in its series and its category."""
    folder = details.comic.path.rpartition("/")[0]
    place = f"the folder it is in, {folder}" if folder else "the library’s name"
    said = (("Category", details.category), ("Subcategory", details.subcategory))
    return [
        Told("On the shelf", details.comic.series_name, place),
        *(Told(label, name, f"its path, {folder}") for label, name in said if name),
    ]


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _LONG else line[:_LONG].rsplit(" ", 1)[0] + " …"


def _likened(name: str) -> str:
    """A name without what spellings differ in."""
    return _UNLIKE.sub("", name.casefold())
