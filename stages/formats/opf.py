"""What an EPUB's package document (.opf) says of the book, with calibre's additions to it.

This reads the metadata and the reading direction of https://www.w3.org/TR/epub-33/#sec-package-doc
and its predecessors; which pages the book has is the container's business.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from stages.formats import language, metadata_values
from stages.formats.metadata import Metadata
from stages.formats.metadata_values import iso_date, names, prose, right_way_round, text
from stages.formats.metadata_xml import attribute, child, content, local_name, root_of

# MARC relators: https://id.loc.gov/vocabulary/relators.html
_ROLES = {
    **dict.fromkeys(("aut", "aus", "sce", "adp"), "writer"),
    **dict.fromkeys(("art", "ill", "ilu", "drm"), "artist"),
    "pen": "penciller",
    "ink": "inker",
    **dict.fromkeys(("clr", "col"), "colorist"),
    "ltr": "letterer",
    "cov": "cover_artist",
    **dict.fromkeys(("edt", "pbd"), "editor"),
    "trl": "translator",
    **dict.fromkeys(("bkd", "dsr"), "designer"),
}
_PROGRAMS = frozenset(("bkp", "pbl"))  # who packed or published it made no part of the comic


class _Package:
    """The metadata of one package document: elements, and what others refine them by."""

    def __init__(self, root: Element) -> None:
        self._elements = list(_flat(child(root, "metadata")))
        self.spine = child(root, "spine")
        self._refined: dict[tuple[str, str], str] = {}
        self._named: dict[str, str] = {}
        for meta in self.all("meta"):
            about, name = attribute(meta, "refines").lstrip("#"), attribute(meta, "property")
            self._refined.setdefault((about, name), content(meta))
            self._named.setdefault(attribute(meta, "name").lower(), attribute(meta, "content"))

    def all(self, name: str) -> list[Element]:
        return [element for element in self._elements if local_name(element.tag) == name]

    def first(self, name: str) -> str:
        return next(filter(None, map(content, self.all(name))), "")

    def refined(self, element: Element, name: str) -> str:
        """What a <meta> says of an element, or the attribute of that name as in version 2."""
        about = attribute(element, "id")
        return (about and self._refined.get((about, name))) or attribute(element, name)

    def named(self, name: str) -> str:
        return self._named.get(name, "")


def parse(data: bytes) -> Metadata:
    """Read a package document; raises `FormatError` metadata_invalid when it is not one."""
    package = _Package(root_of(data, "package", "The EPUB's package document"))
    series, number = _series(package)
    subjects = names(map(content, package.all("subject")))
    return Metadata(
        title=_title(package),
        series_title=text(series),
        number=metadata_values.plain_number(number),
        summary=prose(package.first("description")),
        release_date=_date(package),
        language=language.code_of(package.first("language")),
        right_to_left=_direction(package.spine) == "rtl",
        gtin=_isbn(package),
        publisher=text(package.first("publisher")),
        credits=tuple(dict.fromkeys(_credits(package))),
        tags=tuple(("genre", subject) for subject in subjects),
    )


def _flat(metadata: Element | None) -> Iterator[Element]:
    """The elements of the metadata; version 1 has them in <dc-metadata> and <x-metadata>."""
    for element in () if metadata is None else metadata:
        if local_name(element.tag) in ("dc-metadata", "x-metadata"):
            yield from element
        else:
            yield element


def _title(package: _Package) -> str | None:
    """The main title, and what is called the subtitle of it."""
    titles = [title for title in package.all("title") if content(title)]
    kinds = {package.refined(title, "title-type"): content(title) for title in reversed(titles)}
    main = kinds.get("main") or (content(titles[0]) if titles else "")
    subtitle = kinds.get("subtitle")
    return text(f"{main}: {subtitle}" if main and subtitle else main)


def _series(package: _Package) -> tuple[str, str]:
    """The series that the book belongs to, and its number in it."""
    for meta in package.all("meta"):
        if attribute(meta, "property") == "belongs-to-collection":
            kind = package.refined(meta, "collection-type")
            if kind in ("series", ""):
                return content(meta), package.refined(meta, "group-position")
    return package.named("calibre:series"), package.named("calibre:series_index")


def _date(package: _Package) -> str | None:
    """When it was published: in version 2 one date among others, which say what they are."""
    dates = package.all("date")
    events = {attribute(one, "event").lower(): content(one) for one in reversed(dates)}
    said = events.get("publication") or events.get("") or events.get("original-publication")
    return iso_date(said)


def _direction(spine: Element | None) -> str:
    return "" if spine is None else attribute(spine, "page-progression-direction").lower()


def _isbn(package: _Package) -> str | None:
    for identifier in package.all("identifier"):
        said = content(identifier).lower().removeprefix("urn:").removeprefix("isbn:")
        is_isbn = "isbn" in (attribute(identifier, "scheme") + content(identifier)).lower()
        found = metadata_values.trade_number(said)
        if found and (is_isbn or found.startswith(("978", "979"))):
            return found
    return None


def _credits(package: _Package) -> Iterator[tuple[str, str]]:
    for element, usual in (("creator", "writer"), ("contributor", "other")):
        for person in package.all(element):
            said = package.refined(person, "role").lower()
            for name in names([content(person)]) if said not in _PROGRAMS else ():
                role = _ROLES.get(said, "other") if said else usual
                yield role, right_way_round(name)
