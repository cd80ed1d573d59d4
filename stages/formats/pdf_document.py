"""A PDF document through pdfium: its pages' sizes, their pictures, their looks, and what it says of
itself.

pdfium keeps state for the whole process and is not safe to be called from two threads, so every
call happens under one lock, and every handle is let go where it was taken: nothing is left for the
garbage collector, which may run in any thread. Which pages a comic has, and in what form they are
handed out, is `pdf_comic`'s.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from pypdfium2 import raw as pdfium

from stages.formats import limits
from stages.formats.errors import ErrorClass, FormatError

INFO_KEYS = ("Title", "Author", "Subject", "Keywords", "Creator", "Producer", "CreationDate")
"""The entries of the information dictionary that are read (ISO 32000-1, 14.3.3); `ModDate` says
when metadata were last edited, and nothing of the comic."""

_MOST_OBJECTS = 2_000  # of a page, looked at for pictures
_MOST_ATTACHMENTS = 100
_JPEG_COLOURS = frozenset(
    (
        pdfium.FPDF_COLORSPACE_DEVICEGRAY,
        pdfium.FPDF_COLORSPACE_DEVICERGB,
        pdfium.FPDF_COLORSPACE_CALGRAY,
        pdfium.FPDF_COLORSPACE_CALRGB,
        pdfium.FPDF_COLORSPACE_ICCBASED,
    )
)

_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture on a page: its pixels, its bytes as they stand in the file, and where it stands.

    `matrix` is (a, b, c, d, e, f), by which the unit square becomes the picture's place in points.
    `is_jpeg` says that the bytes are a JPEG file in grey or RGB.
    """

    width: int
    height: int
    size: int
    matrix: tuple[float, ...]
    is_jpeg: bool


@dataclass(frozen=True, slots=True)
class Contents:
    """What is on a page: its `box` (left, bottom, right, top) in points, the quarters by which it
    is turned when it is shown, its pictures, and whether there is anything else to be seen."""

    box: tuple[float, float, float, float]
    turn: int
    pictures: tuple[Placed, ...]
    has_more: bool


class PdfDocument:
    """An open document; every method raises `FormatError` and nothing else."""

    def __init__(self, path: bytes, content: bytes | None = None) -> None:
        """Open the file, or the content where it is given in the file's place.

        Raises `FormatError` encrypted or damaged. An empty password is tried by itself.
        """
        self._content = content  # pdfium reads it for as long as the document is open
        with _one_at_a_time:
            if content is None:
                self._handle = pdfium.FPDF_LoadDocument(path, None)
            else:
                self._handle = pdfium.FPDF_LoadMemDocument64(content, len(content), None)
            if not self._handle:
                _raise_for(pdfium.FPDF_GetLastError())
            self.page_count: int = pdfium.FPDF_GetPageCount(self._handle)

    def close(self) -> None:
        """Let go of the file; harmless when repeated."""
        with _one_at_a_time:
            handle, self._handle = self._handle, None
            if handle:
                pdfium.FPDF_CloseDocument(handle)

    def page_size(self, number: int) -> tuple[float, float]:
        """The page's width and height in points as it is shown; zeros where it says none."""
        size = pdfium.FS_SIZEF()
        with _one_at_a_time:
            pdfium.FPDF_GetPageSizeByIndexF(self._handle, number, size)
        return size.width, size.height

    def contents(self, number: int) -> Contents:
        """What is on the page."""
        with self._page(number) as page:
            return _contents(page)

    def picture(self, number: int, index: int) -> bytes:
        """The bytes of one of the page's pictures as they stand in the file."""
        with self._page(number) as page:
            found = [one for one in _objects(page) if _kind(one) == pdfium.FPDF_PAGEOBJ_IMAGE]
            return _bytes(pdfium.FPDFImageObj_GetImageDataRaw, found[index])

    def digest(self, number: int) -> bytes:
        """16 bytes over what the page consists of: its pictures' packed bytes, and of all else the
        kind and place. The same for a page that cannot be loaded, which has nothing."""
        digest = blake2b(digest_size=16)
        try:
            with self._page(number) as page:
                for one in _objects(page):
                    digest.update(_trace(one))
        except FormatError:
            pass
        return digest.digest()

    def draw(self, number: int, width: int, height: int) -> bytearray:
        """The page on white, `width` × `height` pixels, rows of RGB triples without a gap."""
        stride = width * 3
        pixels = bytearray(b"\xff") * (stride * height)
        target = (ctypes.c_ubyte * len(pixels)).from_buffer(pixels)
        flags = pdfium.FPDF_ANNOT | pdfium.FPDF_REVERSE_BYTE_ORDER
        with self._page(number) as page:
            bitmap = pdfium.FPDFBitmap_CreateEx(
                width, height, pdfium.FPDFBitmap_BGR, target, stride
            )
            if not bitmap:
                raise FormatError(ErrorClass.TOO_LARGE, "The page is too large to be drawn.")
            pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, flags)
            pdfium.FPDFBitmap_Destroy(bitmap)
        return pixels

    def info(self) -> dict[str, str]:
        """The information dictionary's usual entries, without those that are empty."""
        with _one_at_a_time:
            told = {
                key: _text(pdfium.FPDF_GetMetaText, self._handle, key.encode()) for key in INFO_KEYS
            }
        return {key: text for key, text in told.items() if text}

    def reads_right_to_left(self) -> bool:
        """Whether the document's viewer preferences say so."""
        said = ctypes.create_string_buffer(8)
        with _one_at_a_time:
            pdfium.FPDF_VIEWERREF_GetName(self._handle, b"Direction", said, len(said))
        return said.value == b"R2L"

    def attachments(self) -> dict[str, int]:
        """The attached files' names, and which they are; of several of one name the first."""
        found: dict[str, int] = {}
        with _one_at_a_time:
            many = pdfium.FPDFDoc_GetAttachmentCount(self._handle)
            for index in range(min(many, _MOST_ATTACHMENTS)):
                attached = pdfium.FPDFDoc_GetAttachment(self._handle, index)
                if attached:
                    found.setdefault(_text(pdfium.FPDFAttachment_GetName, attached), index)
        return found

    def attachment(self, index: int) -> bytes:
        """The bytes of an attached file."""
        length = ctypes.c_ulong()
        with _one_at_a_time:
            attached = pdfium.FPDFDoc_GetAttachment(self._handle, index)
            if not pdfium.FPDFAttachment_GetFile(attached, None, 0, length):
                raise FormatError(ErrorClass.DAMAGED, "A file attached to the PDF is broken.")
            if length.value > limits.current.metadata_bytes:
                raise FormatError(
                    ErrorClass.TOO_LARGE,
                    "A metadata file attached to the PDF is larger than "
                    f"{limits.current.metadata_bytes >> 20} MB.",
                )
            buffer = ctypes.create_string_buffer(length.value)
            pdfium.FPDFAttachment_GetFile(attached, buffer, length.value, length)
        return buffer.raw

    @contextmanager
    def _page(self, number: int) -> Iterator[Any]:
        with _one_at_a_time:
            page = pdfium.FPDF_LoadPage(self._handle, number)
            if not page:
                raise FormatError(ErrorClass.DAMAGED, f"Page {number + 1} of the PDF is broken.")
            try:
                yield page
            finally:
                pdfium.FPDF_ClosePage(page)


def _raise_for(error: int) -> None:
    if error in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
        raise FormatError(ErrorClass.ENCRYPTED, "The PDF needs a password.")
    raise FormatError(ErrorClass.DAMAGED, "The PDF is broken: its pages cannot be found.")


def _contents(page: Any) -> Contents:
    pictures = []
    has_more = pdfium.FPDFPage_GetAnnotCount(page) > 0
    for one in _objects(page):
        match _kind(one):
            case pdfium.FPDF_PAGEOBJ_IMAGE:
                pictures.append(_placed(page, one))
            case pdfium.FPDF_PAGEOBJ_TEXT:
                # The text that OCR puts behind a scan is there to be searched, not to be seen.
                mode = pdfium.FPDFTextObj_GetTextRenderMode(one)
                has_more = has_more or mode != pdfium.FPDF_TEXTRENDERMODE_INVISIBLE
            case _:
                has_more = True
    box = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, box)
    return Contents(
        (box.left, box.bottom, box.right, box.top),
        pdfium.FPDFPage_GetRotation(page),
        tuple(pictures),
        has_more,
    )


def _objects(page: Any) -> Iterator[Any]:
    for index in range(min(pdfium.FPDFPage_CountObjects(page), _MOST_OBJECTS)):
        yield pdfium.FPDFPage_GetObject(page, index)


def _kind(one: Any) -> int:
    kind: int = pdfium.FPDFPageObj_GetType(one)
    return kind


def _trace(one: Any) -> bytes:
    if _kind(one) == pdfium.FPDF_PAGEOBJ_IMAGE:
        return _bytes(pdfium.FPDFImageObj_GetImageDataRaw, one)
    corners = [ctypes.c_float() for _ in range(4)]
    pdfium.FPDFPageObj_GetBounds(one, *corners)
    place = " ".join(f"{corner.value:.0f}" for corner in corners)
    return f"{_kind(one)} {place}".encode()


def _placed(page: Any, one: Any) -> Placed:
    width, height = ctypes.c_uint(), ctypes.c_uint()
    pdfium.FPDFImageObj_GetImagePixelSize(one, width, height)
    at = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(one, at)
    return Placed(
        width.value,
        height.value,
        pdfium.FPDFImageObj_GetImageDataRaw(one, None, 0),
        (at.a, at.b, at.c, at.d, at.e, at.f),
        _is_jpeg(page, one),
    )


def _is_jpeg(page: Any, one: Any) -> bool:
    if pdfium.FPDFImageObj_GetImageFilterCount(one) != 1:
        return False
    told = ctypes.create_string_buffer(16)
    pdfium.FPDFImageObj_GetImageFilter(one, 0, told, len(told))
    if told.value not in (b"DCTDecode", b"DCT"):
        return False
    said = pdfium.FPDF_IMAGEOBJ_METADATA()
    pdfium.FPDFImageObj_GetImageMetadata(one, page, said)
    return said.colorspace in _JPEG_COLOURS


def _bytes(ask: Callable[..., int], *of: Any) -> bytes:
    """What one of pdfium's functions has to say that are asked for the length first."""
    length = ask(*of, None, 0)
    if length > limits.current.page_bytes:
        raise FormatError(
            ErrorClass.TOO_LARGE,
            f"A picture in the PDF is larger than {limits.current.page_bytes >> 20} MB.",
        )
    buffer = ctypes.create_string_buffer(length)
    ask(*of, buffer, length)
    return buffer.raw


def _text(ask: Callable[..., int], *of: Any) -> str:
    """A text of pdfium's, which gives UTF-16 with a zero at the end."""
    length = min(ask(*of, None, 0), limits.current.metadata_bytes) & ~1
    buffer = (ctypes.c_ushort * (length // 2))()
    ask(*of, buffer, length)
    return bytes(buffer).decode("utf-16-le", "replace").rstrip("\0").strip()
