"""Documents that tests read: PDF written here object by object, EPUB by the standard library."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from PIL import Image

JPEG_PAGE = "q {0} 0 0 {1} 0 0 cm /Im0 Do Q"


def jpeg(width: int = 60, height: int = 90, colour: str = "teal", mode: str = "RGB") -> bytes:
    """A JPEG with a light upper half, so that what is upside down can be told."""
    image = Image.new("RGB", (width, height), "beige")
    image.paste(Image.new("RGB", (width, height), colour), (0, height // 2))
    file = io.BytesIO()
    image.convert(mode).save(file, "JPEG", quality=90)
    return file.getvalue()


def stream(dictionary: str, data: bytes) -> bytes:
    return f"<< {dictionary} /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"


def image_object(data: bytes, more: str = "", colours: str = "/DeviceRGB") -> bytes:
    """A JPEG as an image XObject."""
    size = Image.open(io.BytesIO(data)).size
    return stream(
        f"/Type /XObject /Subtype /Image /Width {size[0]} /Height {size[1]} "
        f"/ColorSpace {colours} /BitsPerComponent 8 /Filter /DCTDecode {more}",
        data,
    )


class Pdf:
    """A PDF document in the making; an object's number is its place in the list plus one."""

    def __init__(self) -> None:
        self.objects: list[bytes] = [b"", b""]  # the catalog and the tree of pages
        self.pages: list[int] = []
        self.catalog = ""
        self.trailer = ""

    def add(self, data: bytes) -> int:
        self.objects.append(data)
        return len(self.objects)

    def page(
        self,
        content: str = "",
        *images: bytes,
        size: tuple[int, int] = (400, 600),
        more: str = "",
    ) -> None:
        """A page with these images as /Im0, /Im1 …"""
        names = " ".join(f"/Im{n} {self.add(one)} 0 R" for n, one in enumerate(images))
        drawn = self.add(stream("", content.encode()))
        self.pages.append(
            self.add(
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size[0]} {size[1]}] {more} "
                f"/Resources << /XObject << {names} >> /Font << /F1 << /Type /Font "
                f"/Subtype /Type1 /BaseFont /Helvetica >> >> >> /Contents {drawn} 0 R >>".encode()
            )
        )

    def scan(self, data: bytes, **options: str) -> None:
        """A page that is one JPEG and nothing else."""
        self.page(JPEG_PAGE.format(400, 600), image_object(data, **options))

    def info(self, **values: str) -> None:
        entries = " ".join(f"/{name} ({value})" for name, value in values.items())
        self.trailer += f" /Info {self.add(f'<< {entries} >>'.encode())} 0 R"

    def xmp(self, packet: str) -> None:
        wrapped = f'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>{packet}<?xpacket end="w"?>'
        number = self.add(stream("/Type /Metadata /Subtype /XML", wrapped.encode()))
        self.catalog += f" /Metadata {number} 0 R"

    def attach(self, name: str, data: bytes) -> None:
        file = self.add(stream("/Type /EmbeddedFile", data))
        spec = self.add(f"<< /Type /Filespec /F ({name}) /EF << /F {file} 0 R >> >>".encode())
        self.catalog += f" /Names << /EmbeddedFiles << /Names [({name}) {spec} 0 R] >> >>"

    def encrypt(self, user_password_is_empty: bool) -> None:
        """With RC4 of 40 bits (revision 2), whose check of an empty password is fixed here by the
        standard's own padding."""
        import hashlib

        padding = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
        owner, identity = bytes(range(32)), b"0123456789abcdef"
        permissions = (-44).to_bytes(4, "little", signed=True)
        password = padding if user_password_is_empty else b"secret" + padding[:26]
        key = hashlib.md5(password + owner + permissions + identity).digest()[:5]  # noqa: S324
        user = _rc4(key, padding)
        self.trailer += (
            f" /Encrypt << /Filter /Standard /V 1 /R 2 /O <{owner.hex()}> /U <{user.hex()}> "
            f"/P -44 >> /ID [<{identity.hex()}> <{identity.hex()}>]"
        )

    def write(self, path: Path) -> bytes:
        """Write the document and answer its path as the readers take it."""
        kids = " ".join(f"{number} 0 R" for number in self.pages)
        self.objects[0] = f"<< /Type /Catalog /Pages 2 0 R {self.catalog} >>".encode()
        self.objects[1] = f"<< /Type /Pages /Kids [{kids}] /Count {len(self.pages)} >>".encode()
        data = b"%PDF-1.7\n"
        places = []
        for number, one in enumerate(self.objects, 1):
            places.append(len(data))
            data += f"{number} 0 obj\n".encode() + one + b"\nendobj\n"
        table = "".join(f"{place:010d} 00000 n \n" for place in places)
        data += (
            f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}trailer\n"
            f"<< /Size {len(places) + 1} /Root 1 0 R {self.trailer} >>\n"
            f"startxref\n{len(data)}\n%%EOF\n"
        ).encode()
        path.write_bytes(data)
        return bytes(path)


def _rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>"""
XHTML = """<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>A long title of a page</title>
<style>body {{ margin: 0 }}</style></head><body>{0}</body></html>"""
FIXED = '<meta property="rendition:layout">pre-paginated</meta>'


def opf(spine: list[str], files: dict[str, str], metadata: str = FIXED) -> str:
    """A package document; `files` are media types by their path beside it."""
    items = "".join(
        f'<item id="{_id(path)}" href="{path}" media-type="{media_type}"/>'
        for path, media_type in files.items()
    )
    refs = "".join(f'<itemref idref="{_id(path)}"/>' for path in spine)
    return (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Saga</dc:title>{metadata}'
        f"</metadata><manifest>{items}</manifest><spine>{refs}</spine></package>"
    )


def _id(path: str) -> str:
    return "i-" + path.replace("/", "-")


def epub_of(path: Path, entries: dict[str, str | bytes], *, mimetype_first: bool = True) -> bytes:
    """Write an EPUB of these entries, with its mimetype and container.xml; answer its path."""
    with zipfile.ZipFile(path, "w") as archive:
        if mimetype_first:
            archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", CONTAINER, zipfile.ZIP_DEFLATED)
        for name, data in entries.items():
            archive.writestr(name, data, zipfile.ZIP_DEFLATED)
    return bytes(path)


def comic_epub(path: Path, pages: list[bytes], metadata: str = FIXED) -> bytes:
    """A fixed-layout EPUB with a document for each page, its pictures named the other way round."""
    entries: dict[str, str | bytes] = {}
    files, spine = {}, []
    for number, page in enumerate(pages):
        picture = f"images/{len(pages) - number:03d}.jpg"
        document = f"text/p{number}.xhtml"
        entries[f"OEBPS/{document}"] = XHTML.format(f'<img src="../{picture}" alt=""/>')
        entries[f"OEBPS/{picture}"] = page
        files |= {picture: "image/jpeg", document: "application/xhtml+xml"}
        spine.append(document)
    return epub_of(path, entries | {"OEBPS/content.opf": opf(spine, files, metadata)})
