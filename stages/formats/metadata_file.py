"""A metadata file as a comic hands it over: its format and its bytes, not yet read.

Which entries of an archive are metadata is the containers' business; what the formats say is read
by the module of each format, and brought together by `metadata`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from stages.formats.errors import FormatError


class MetadataFormat(StrEnum):
    """The formats of metadata inside comic files; the values stand in the database."""

    COMICINFO = "comicinfo"  # ComicInfo.xml
    METRONINFO = "metroninfo"  # MetronInfo.xml
    COMET = "comet"  # CoMet.xml, or any name
    COMICBOOKINFO = "comicbookinfo"  # JSON in the ZIP archive's comment
    EPUB = "epub"  # the package document (.opf)
    PDF = "pdf"  # the XMP packet and the document information dictionary


@dataclass(frozen=True, slots=True)
class MetadataFile:
    """One metadata file: its bytes, or why they could not be read."""

    format: MetadataFormat
    data: bytes | FormatError
