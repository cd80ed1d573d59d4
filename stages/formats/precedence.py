"""All that is said of a comic, brought together: which source counts, field by field.

The order and its reasons are in docs/METADATA.md. The files are read by the modules of their
formats; what a series.json says of the whole series is not looked at here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from operator import attrgetter
from typing import Any, NamedTuple

from stages.formats import comicinfo, filename
from stages.formats.errors import FormatError, bare
from stages.formats.filename import FileName
from stages.formats.metadata import Metadata
from stages.formats.metadata_file import MetadataFile, MetadataFormat
from stages.formats.metadata_values import date_of
from stages.formats.sources import Source, packed

Found = list[tuple[Source, Metadata]]

# ComicInfo is in most comics; the others are loaded when the first of them comes along.
_MODULES = {
    MetadataFormat.METRONINFO: "metroninfo",
    MetadataFormat.COMET: "comet",
    MetadataFormat.COMICBOOKINFO: "comicbookinfo",
    MetadataFormat.EPUB: "opf",
    MetadataFormat.PDF: "pdf_info",
}
_NOTHING = Metadata()
_MOST_NAMES = 2_000  # of people, and of all else; what has more is no comic's
_RANK = {source: rank for rank, source in enumerate(Source)}
_UNTOLD = ("story_arcs", "cover_page", "cover_name")  # stand with others, or are not shown
# What names of files say; where all of it is known, a name is not taken apart.
_in_names = attrgetter("title", "series_title", "number", "volume", "release_date", "issue_count")


class Described(NamedTuple):
    """What is known of a comic, the text of `sources.packed`, and what was wrong with its files.

    `is_titled` tells whether the title is said by metadata, not by the file's name.
    """

    metadata: Metadata
    sources: str | None
    errors: Sequence[Exception]
    is_titled: bool


def describe(files: Iterable[MetadataFile], stem: str, series: str) -> Described:
    """Read a comic's metadata files and, where they are silent, its name.

    `stem` is the file's name without its suffix, `series` that of the folder. Whatever goes wrong
    with one file hides none of the others.
    """
    found: Found = []
    errors: list[Exception] = []
    for file in files:
        if isinstance(file.data, FormatError):
            errors.append(file.data)
            continue
        try:
            told = _parse(file.format, file.data)
        except (FormatError, MemoryError) as error:
            errors.append(bare(error))
        except Exception as error:  # not the file's fault, but ours over it
            errors.append(error)
        else:
            if told != _NOTHING:
                found.append((Source(file.format), told))
    metadata, sources = _merged(found)
    if max(len(metadata.credits), len(metadata.tags)) > _MOST_NAMES:
        metadata = metadata._replace(
            credits=metadata.credits[:_MOST_NAMES],
            tags=metadata.tags[:_MOST_NAMES],
            story_arcs=metadata.story_arcs[:_MOST_NAMES],
        )
    is_titled = metadata.title is not None
    if None in _in_names(metadata):
        name = filename.parse(stem, folder=series, manga=metadata.manga)
        named = _from_name(name, is_all=not found)
        added = {
            field: value
            for field, value in named.items()
            if value is not None and getattr(metadata, field) is None
        }
        metadata = metadata._replace(**added)
        names = dict.fromkeys(added, Source.FILENAME)
        if "series_title" in added and not _is_in(added["series_title"], stem):
            names["series_title"] = Source.FOLDER
        sources = packed(sources, names)
    return Described(metadata, sources, errors, is_titled)


def _parse(kind: MetadataFormat, data: bytes) -> Metadata:
    if kind is MetadataFormat.COMICINFO:
        return comicinfo.parse(data)
    metadata: Metadata = import_module(f"stages.formats.{_MODULES[kind]}").parse(data)
    return metadata


def _merged(found: Found) -> tuple[Metadata, str | None]:
    """For every field what the first source says that says anything, and the text of sources."""
    if not found:
        return _NOTHING, None
    if len(found) == 1:
        source, metadata = found[0]
        return metadata, source
    found.sort(key=lambda one: _RANK[one[0]])
    values: dict[str, Any] = {}
    sources: dict[str, Source] = {}
    for name, nothing in Metadata._field_defaults.items():
        for source, metadata in found:
            value = getattr(metadata, name)
            if value != nothing:
                values[name], sources[name] = value, source
                break
    for name in ("credits", "tags"):
        sources.pop(name, None)
        values[name] = tuple(_members(found, name, sources))
    teller = sources.get("story_arc")
    arcs = [metadata.story_arcs for source, metadata in found if source is teller]
    values["story_arcs"] = arcs[0] if arcs else ()
    for name in _UNTOLD:
        sources.pop(name, None)
    main = Counter(sources.values()).most_common(1)[0][0] if sources else found[0][0]
    return Metadata(**values), packed(main, sources)


def _members(found: Found, name: str, sources: dict[str, Source]) -> Iterator[tuple[str, str]]:
    """For every role (or kind) the names of the first source that has any."""
    for source, metadata in found:
        for kind, member in getattr(metadata, name):
            if sources.setdefault(kind, source) is source:
                yield kind, member


def _from_name(name: FileName, *, is_all: bool) -> dict[str, Any]:
    """What a file's name says, by the fields of `Metadata`.

    What it says of the file rather than of the comic counts only where it `is_all` there is.
    """
    volume = name.volume
    said: dict[str, Any] = {
        "series_title": name.series,
        "number": name.number,
        "volume": int(volume) if volume is not None and volume == int(volume) else None,
        "release_date": date_of(name.year),
        "title": name.title,
        "issue_count": name.count,
    }
    if is_all:
        said |= {
            "format": name.format,
            "language": name.language,
            "scan_information": name.group,
        }
    return said


def _is_in(series: str, stem: str) -> bool:
    """Whether a file's name holds the series' name; else that was its folder's."""
    return series.casefold() in " ".join(stem.replace("_", " ").split()).casefold()
