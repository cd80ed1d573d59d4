"""A comic in an EPUB file: a ZIP archive whose reading order stands in its package document.

The pages are the pictures that the documents of the spine show, in the spine's order. That fits
books in which each document is a picture (EPUB 3.3, section 8: fixed layouts, and what came before
them); a book of running text is none. What the package document says of the comic is read by
`opf`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from stages.formats import limits
from stages.formats.entry_names import is_page_name
from stages.formats.epub_document import shown
from stages.formats.errors import ErrorClass, FormatError
from stages.formats.metadata_file import MetadataFile, MetadataFormat
from stages.formats.metadata_xml import local_name, root_of
from stages.formats.zip_comic import ZipComic

# EPUB Open Container Format, 4.2.6.3
_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
# Fonts may be garbled without a key; anything else in the list of encrypted files needs one.
_OBFUSCATIONS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_DOCUMENTS = ("application/xhtml+xml", "text/html", "image/svg+xml", "application/xml")
_DOCUMENT_LIMIT = 1 << 20  # bytes of a document that shows a picture; more is a book's chapter
_CAPTION = 300  # characters beside a picture that do not make a page a text
_LONGEST_TEXT = 20_000  # characters outside pictures' documents that no comic has
_PICTURES_SHARE = 0.5  # of the documents, that at least show a picture


@dataclass(frozen=True, slots=True)
class Package:
    """The package document: where it is, its items (id → media type, path in the archive), the
    media types by path, the ids of its spine in order, the item that is its cover, and whether its
    layout is fixed."""

    path: str
    items: dict[str, tuple[str, str]]
    media_types: dict[str, str]
    spine: list[str]
    cover: str | None
    is_fixed: bool


@dataclass(slots=True)
class _Reading:
    """What the spine's documents came to."""

    pages: dict[int, None] = field(default_factory=dict)
    documents: int = 0
    with_pictures: int = 0
    text: int = 0


class EpubComic(ZipComic):
    """An EPUB file whose pages are pictures."""

    container = "epub"

    @property
    def cover_page(self) -> int:
        """The page that the package document names as the cover; 0 where it names none."""
        cover = self._package.cover
        entry = self._entries.get(self._package.items[cover][1]) if cover else None
        return self._order.index(entry) if entry in self._order else 0

    def metadata(self) -> list[MetadataFile]:
        """The package document, and the metadata files of comics that are in the archive."""
        entry = self._entries[self._package.path]
        package = MetadataFile(MetadataFormat.EPUB, self._try_entry(entry))
        return [*super().metadata(), package]

    def _sorted_out(self) -> tuple[list[int], list[int]]:
        self._refuse_encryption()
        reading = self._read_spine()
        if not reading.pages:
            raise _no_comic() if reading.text else _no_pages()
        if not self._package.is_fixed and reading.text > _CAPTION * len(reading.pages):
            raise _no_comic()
        if reading.with_pictures < _PICTURES_SHARE * reading.documents:
            raise _no_comic()
        pages = list(reading.pages)
        return pages, [i for i in range(len(self._names)) if i not in reading.pages]

    def _read_spine(self) -> _Reading:
        reading = _Reading()
        for item in self._package.spine:
            media_type, path = self._package.items.get(item, ("", ""))
            if path not in self._entries:
                continue
            reading.documents += 1
            pictures, text = self._shown(media_type, path)
            reading.pages.update(dict.fromkeys(pictures))
            reading.with_pictures += bool(pictures)
            reading.text += text
            if reading.text > _LONGEST_TEXT and not self._package.is_fixed:
                raise _no_comic()
        return reading

    def _shown(self, media_type: str, path: str) -> tuple[list[int], int]:
        """The pictures that an item of the spine shows, and the characters of its text."""
        entry = self._entries[path]
        if self._is_picture(path):
            return [entry], 0
        if media_type not in _DOCUMENTS or self._sizes[entry] > _DOCUMENT_LIMIT:
            return [], self._sizes[entry]
        try:
            document = shown(self._read_entry(entry, _DOCUMENT_LIMIT).decode("utf-8", "replace"))
        except FormatError:
            return [], 0  # a page that is lost is no reason to lose the others
        return list(self._pictures(path, document.pictures)), document.characters

    def _pictures(self, base: str, references: list[str]) -> Iterator[int]:
        for reference in references:
            path = _resolved(base, reference)
            if path in self._entries:
                if self._is_picture(path):
                    yield self._entries[path]
                elif path.lower().endswith(".svg") and not base.lower().endswith(".svg"):
                    yield from self._shown("image/svg+xml", path)[0]

    def _is_picture(self, path: str) -> bool:
        media_type = self._package.media_types.get(path, "")
        if media_type.startswith("image/"):
            return media_type != "image/svg+xml"
        return is_page_name(path.encode())

    @cached_property
    def _entries(self) -> dict[str, int]:
        """The archive's entries by the paths that documents name them by."""
        return {name.decode("utf-8", "replace"): i for i, name in enumerate(self._names)}

    @cached_property
    def _package(self) -> Package:
        path = next(
            (
                unquote(element.get("full-path", ""))
                for element in self._xml(_CONTAINER, "container").iter()
                if local_name(element.tag) == "rootfile"
            ),
            "",
        )
        if path not in self._entries:
            path = next((one for one in self._entries if one.lower().endswith(".opf")), path)
        return _package(path, self._xml(path, "package"))

    def _xml(self, path: str, element: str) -> Element:
        entry = self._entries.get(path)
        if entry is None:
            raise FormatError(ErrorClass.DAMAGED, f"The EPUB has no “{path}”, which it must have.")
        data = self._read_entry(entry, limits.current.metadata_bytes)
        try:
            return root_of(data, element, f"“{path}” in the EPUB")
        except FormatError as error:
            raise FormatError(ErrorClass.DAMAGED, str(error)) from error

    def _refuse_encryption(self) -> None:
        if _ENCRYPTION not in self._entries:
            return
        for element in self._xml(_ENCRYPTION, "encryption").iter():
            is_method = local_name(element.tag) == "encryptionmethod"
            if is_method and element.get("Algorithm") not in _OBFUSCATIONS:
                raise FormatError(
                    ErrorClass.ENCRYPTED, "The EPUB is locked by its seller's copy protection."
                )


def _package(path: str, root: Element) -> Package:
    items: dict[str, tuple[str, str]] = {}
    spine: list[str] = []
    cover = None
    fixed = False
    for element in root.iter():
        match local_name(element.tag):
            case "item":
                key = element.get("id", "")
                where = _resolved(path, element.get("href", ""))
                items.setdefault(key, (element.get("media-type", ""), where))
                if "cover-image" in element.get("properties", "").split():
                    cover = key
            case "itemref":
                spine.append(element.get("idref", ""))
            case "meta":
                name, content = element.get("name"), element.get("content", "")
                fixed = fixed or _says_fixed(element, name, content)
                cover = cover or (content if name == "cover" else None)
    media_types = {where: media_type for media_type, where in items.values()}
    return Package(path, items, media_types, spine, cover if cover in items else None, fixed)


def _says_fixed(meta: Element, name: str | None, content: str) -> bool:
    """EPUB 3's property, and what Kindle's and Kobo's books have in its place."""
    if meta.get("property") == "rendition:layout":
        return (meta.text or "").strip() == "pre-paginated"
    return name in ("fixed-layout", "rendition:layout") and content in ("true", "pre-paginated")


def _resolved(base: str, reference: str) -> str:
    """The path in the archive that a reference in the document at `base` leads to; "" where it
    leads elsewhere."""
    try:
        parts = urlsplit(reference.strip())
    except ValueError:
        return ""
    if parts.scheme or parts.netloc or not parts.path:
        return ""
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(parts.path)))


def _no_comic() -> FormatError:
    return FormatError(
        ErrorClass.UNSUPPORTED, "This EPUB is a book of running text, not of pictures."
    )


def _no_pages() -> FormatError:
    return FormatError(ErrorClass.NO_PAGES, "The EPUB shows no pictures.")
