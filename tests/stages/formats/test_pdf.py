"""PDF documents: pages as they stand in them or drawn, what they say of themselves, odd ones."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from stages.formats import Comic, ErrorClass, FormatError, limits, open_comic
from stages.formats.limits import Limits
from stages.formats.metadata_file import MetadataFormat
from tests.stages.formats.archives import REAL, needs_real
from tests.stages.formats.documents import JPEG_PAGE, Pdf, image_object, jpeg, stream

TEXT = "BT /F1 40 Tf 50 300 Td (Hello) Tj ET"


def first_page(path: bytes) -> bytes:
    with open_comic(path) as comic:
        assert comic.container == "pdf"
        return comic.read(comic.pages[0])


def decoded(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    assert image.format == "JPEG"
    return image.convert("RGB")


def told(comic: Comic) -> dict[MetadataFormat, Any]:
    return {file.format: file.data for file in comic.metadata()}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "comic.pdf"


def test_each_page_of_a_scan_is_handed_out_as_it_is(file: Path) -> None:
    scans = [jpeg(colour=colour) for colour in ("teal", "navy", "maroon")]
    pdf = Pdf()
    for scan in scans:
        pdf.scan(scan)
    with open_comic(pdf.write(file)) as comic:
        assert comic.page_count == 3
        assert [comic.read(page) for page in comic.pages] == scans
        assert [data for _, data in comic.unpack_all()] == scans
        assert comic.page_sums == b""
        assert comic.complaint is None


def test_a_grey_scan_with_hidden_text_is_handed_out_as_it_is(file: Path) -> None:
    scan = jpeg(mode="L")
    pdf = Pdf()
    content = JPEG_PAGE.format(400, 600) + " " + TEXT.replace("BT", "BT 3 Tr")
    pdf.page(content, image_object(scan, colours="/DeviceGray"))
    assert first_page(pdf.write(file)) == scan


@pytest.mark.parametrize(
    ("content", "more", "image"),
    [
        (JPEG_PAGE.format(400, 600) + " " + TEXT, "", ""),  # words over it
        (JPEG_PAGE.format(400, 300), "", ""),  # half of the page
        ("q 400 0 0 -600 0 600 cm /Im0 Do Q", "", ""),  # upside down
        (JPEG_PAGE.format(400, 600), "/Rotate 90", ""),
        (JPEG_PAGE.format(400, 600), "/CropBox [0 0 200 600]", ""),
        ("0 0 200 600 re W n " + JPEG_PAGE.format(400, 600), "", ""),  # clipped
        (JPEG_PAGE.format(400, 600), "", "/Decode [1 0 1 0 1 0]"),  # inverted
    ],
)
def test_a_page_that_is_more_or_less_than_its_jpeg_is_drawn(
    file: Path, content: str, more: str, image: str
) -> None:
    scan = jpeg(400, 600)
    pdf = Pdf()
    pdf.page(content, image_object(scan, image), more=more)
    drawn = first_page(pdf.write(file))
    assert drawn != scan
    assert decoded(drawn).width >= 500


def test_a_jpeg_under_a_mask_is_drawn(file: Path) -> None:
    pdf = Pdf()
    black = stream(
        "/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray "
        "/BitsPerComponent 8",
        b"\0",
    )
    mask = pdf.add(black)
    pdf.scan(jpeg(colour="black"), more=f"/SMask {mask} 0 R")
    page = decoded(first_page(pdf.write(file)))
    assert page.getpixel((page.width // 2, page.height - 5)) == (255, 255, 255)


def test_a_jpeg_that_browsers_would_turn_is_drawn(file: Path) -> None:
    turned = Image.Exif()
    turned[0x0112] = 3
    scan = jpeg(400, 600)
    scan = scan[:2] + exif_segment(turned.tobytes()) + scan[2:]
    pdf = Pdf()
    pdf.scan(scan)
    drawn = first_page(pdf.write(file))
    assert b"Exif" in scan
    assert b"Exif" not in drawn
    page = decoded(drawn)
    assert sum(page.getpixel((200, 50))) > sum(page.getpixel((200, page.height - 50)))


def exif_segment(block: bytes) -> bytes:
    return b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block


def test_a_jpeg_in_cmyk_is_drawn(file: Path) -> None:
    pdf = Pdf()
    pdf.scan(jpeg(mode="CMYK"), colours="/DeviceCMYK")
    assert decoded(first_page(pdf.write(file))).mode == "RGB"


def test_a_page_is_drawn_as_finely_as_its_picture(file: Path) -> None:
    pdf = Pdf()
    pdf.page(JPEG_PAGE.format(400, 600), image_object(jpeg(2000, 3000)), more="/Rotate 180")
    pdf.page(TEXT)
    with open_comic(pdf.write(file)) as comic:
        assert decoded(comic.read(comic.pages[0])).size == (2000, 3000)
        assert decoded(comic.read(comic.pages[1])).size == (1600, 2400)


def test_a_page_is_drawn_at_the_width_that_is_asked_for(file: Path) -> None:
    from stages.formats.pdf_comic import PdfComic

    pdf = Pdf()
    pdf.page(TEXT)
    pdf.page(TEXT, size=(100, 100_000))
    with open_comic(pdf.write(file)) as comic:
        assert isinstance(comic, PdfComic)
        assert comic.page_size(comic.pages[0]) == (400, 600)
        assert decoded(comic.render(comic.pages[0], 321)).size == (321, 481)
        for width in (0, -5, 1, 10**9):
            for page in comic.pages:
                size = decoded(comic.render(page, width)).size
                assert size[0] * size[1] <= 24_000_000
                assert min(size) >= 1


def test_a_picture_of_too_many_pixels_is_not_drawn(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "current", Limits(picture_pixels=60 * 89))
    pdf = Pdf()
    pdf.scan(jpeg(60, 90))
    with pytest.raises(FormatError, match="60 × 90 pixels") as caught:
        first_page(pdf.write(file))
    assert caught.value.error_class is ErrorClass.TOO_LARGE


def test_what_a_document_says_of_itself_is_handed_over(file: Path) -> None:
    pdf = Pdf()
    pdf.scan(jpeg())
    pdf.info(Title="Saga", Author="Vaughan, Staples", ModDate="D:20240101")
    pdf.catalog += " /ViewerPreferences << /Direction /R2L >>"
    pdf.xmp("<x:xmpmeta xmlns:x='adobe:ns:meta/'><old/></x:xmpmeta>")
    pdf.xmp("<x:xmpmeta xmlns:x='adobe:ns:meta/'><new/></x:xmpmeta>")
    pdf.attach("ComicInfo.xml", b"<ComicInfo/>")
    with open_comic(pdf.write(file)) as comic:
        found = told(comic)
    assert json.loads(found[MetadataFormat.PDF]) == {
        "info": {"Title": "Saga", "Author": "Vaughan, Staples"},
        "xmp": "<x:xmpmeta xmlns:x='adobe:ns:meta/'><new/></x:xmpmeta>",
        "right_to_left": True,
    }
    assert found[MetadataFormat.COMICINFO] == b"<ComicInfo/>"


def test_a_document_without_a_word_says_nothing(file: Path) -> None:
    pdf = Pdf()
    # The packet of a JPEG file is not the document's.
    pdf.scan(jpeg() + b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>camera</x:xmpmeta>")
    with open_comic(pdf.write(file)) as comic:
        empty = {"info": {}, "xmp": None, "right_to_left": False}
        assert json.loads(told(comic)[MetadataFormat.PDF]) == empty


def test_an_attachment_that_is_too_large_does_not_hide_the_rest(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "current", Limits(metadata_bytes=1000))
    pdf = Pdf()
    pdf.scan(jpeg())
    pdf.info(Title="Saga")
    pdf.attach("comicinfo.xml", b"<ComicInfo>" + b" " * 1000)
    with open_comic(pdf.write(file)) as comic:
        found = told(comic)
    assert json.loads(found[MetadataFormat.PDF])["info"] == {"Title": "Saga"}
    assert found[MetadataFormat.COMICINFO].error_class is ErrorClass.TOO_LARGE


def fingerprints(pdf: Pdf, file: Path) -> tuple[bytes, bytes]:
    with open_comic(pdf.write(file)) as comic:
        assert len(comic.fingerprint) == len(comic.full_fingerprint) == 16
        return comic.fingerprint, comic.full_fingerprint


def test_a_document_is_known_by_its_pages_and_not_by_its_metadata(file: Path) -> None:
    def document(*colours: str) -> Pdf:
        pdf = Pdf()
        for colour in colours:
            pdf.scan(jpeg(colour=colour))
        return pdf

    plain, tagged = document("teal", "navy"), document("teal", "navy")
    tagged.info(Title="Saga")
    tagged.attach("ComicInfo.xml", b"<ComicInfo/>")
    known, known_wholly = fingerprints(plain, file)
    again, again_wholly = fingerprints(tagged, file)
    assert known == again
    assert known_wholly != again_wholly
    for other in (document("teal"), document("navy", "teal"), document("teal", "navy", "navy")):
        assert fingerprints(other, file)[0] != known


def test_a_document_that_needs_a_password_says_so(file: Path) -> None:
    pdf = Pdf()
    pdf.scan(jpeg())
    pdf.encrypt(user_password_is_empty=False)
    with pytest.raises(FormatError, match="password") as caught:
        open_comic(pdf.write(file))
    assert caught.value.error_class is ErrorClass.ENCRYPTED


def test_a_document_with_an_empty_password_opens_as_readers_open_it(file: Path) -> None:
    pdf = Pdf()
    pdf.scan(jpeg())
    pdf.encrypt(user_password_is_empty=True)
    with open_comic(pdf.write(file)) as comic:
        assert comic.page_count == 1


def test_a_document_without_pages_says_so(file: Path) -> None:
    with pytest.raises(FormatError) as caught:
        open_comic(Pdf().write(file))
    assert caught.value.error_class is ErrorClass.NO_PAGES


def test_a_document_that_is_cut_off_gives_the_pages_that_are_left(file: Path) -> None:
    scans = [jpeg(colour=colour) for colour in ("teal", "navy", "maroon")]
    pdf = Pdf()
    for scan in scans:
        pdf.scan(scan)
    whole = file.read_bytes() if pdf.write(file) else b""
    whole_pages, refused = [], set()
    for length in range(0, whole.rfind(b"%%EOF"), 97):
        file.write_bytes(whole[:length])
        try:
            with open_comic(bytes(file)) as comic:
                assert comic.complaint is not None
                assert comic.complaint.error_class is ErrorClass.TRUNCATED
                pages = [data for _, data in comic.unpack_all()]
                assert all(isinstance(data, FormatError) or decoded(data) for data in pages)
                whole_pages.append(sum(page in scans for page in pages))
        except FormatError as error:
            refused.add(error.error_class)
    assert {1, 2, 3} <= set(whole_pages)
    assert whole_pages == sorted(whole_pages)
    assert refused <= {
        *(ErrorClass.TRUNCATED, ErrorClass.EMPTY, ErrorClass.UNSUPPORTED, ErrorClass.NO_PAGES)
    }


def test_a_page_that_is_gone_is_an_error_of_that_page(file: Path) -> None:
    pdf = Pdf()
    pdf.scan(jpeg())
    pdf.scan(jpeg())
    pdf.objects[pdf.pages[0] - 1] = b"null"
    with open_comic(pdf.write(file)) as comic:
        results = [data for _, data in comic.unpack_all()]
    assert isinstance(results[0], FormatError)
    assert results[0].error_class is ErrorClass.DAMAGED
    assert results[1] == jpeg()


def test_several_threads_may_read_at_once(file: Path) -> None:
    pdf = Pdf()
    for colour in ("teal", "navy", "maroon", "olive"):
        pdf.scan(jpeg(colour=colour))
        pdf.page(TEXT)
    results: list[list[bytes]] = []
    with open_comic(pdf.write(file)) as comic:

        def read() -> None:
            results.append([comic.read(page) for page in comic.pages])

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(results) == 4
    assert all(one == results[0] for one in results)


@needs_real
def test_real_documents_give_every_page() -> None:
    files = sorted((REAL / "archives").rglob("*.pdf"))
    assert files
    for path in files:
        with open_comic(bytes(path)) as comic:
            for page in (comic.pages[0], comic.pages[-1]):
                assert decoded(comic.read(page))
            assert isinstance(told(comic)[MetadataFormat.PDF], bytes)


@needs_real
def test_real_tagging_does_not_change_what_a_document_is() -> None:
    folder = REAL / "archives" / "comicbox"
    prints = set()
    for name in ("test_pdf.pdf", "test_cix.pdf", "test_pdf_legacy_keywords.pdf"):
        with open_comic(bytes(folder / name)) as comic:
            prints.add(comic.fingerprint)
            assert (MetadataFormat.COMICINFO in told(comic)) == (name != "test_pdf.pdf")
    assert len(prints) == 1


@pytest.mark.parametrize("packings", [1, 2])
def test_a_page_that_unpacks_to_far_too_much_is_refused_before_pdfium_sees_it(
    tmp_path: Path, packings: int
) -> None:
    pdf = Pdf()
    pdf.page()
    content = b"q " * 20_000_000
    for _ in range(packings):
        content = zlib.compress(content)
    filters = f"/Filter [{'/FlateDecode ' * packings}]"
    pdf.objects[pdf.pages[0] - 2] = stream(filters, content)
    with pytest.raises(FormatError) as caught:
        open_comic(pdf.write(tmp_path / "a.pdf"))
    assert caught.value.error_class is ErrorClass.TOO_LARGE


def test_many_streams_that_together_unpack_to_too_much_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "current", Limits(page_bytes=1_000_000))
    pdf = Pdf()
    pdf.page("0 0 m")
    for count in (9, 2):
        pdf.add(stream("/Filter /FlateDecode", zlib.compress(bytes(count * 100_000))))
        path = pdf.write(tmp_path / "a.pdf")
        if count == 9:
            open_comic(path).close()
    with pytest.raises(FormatError) as caught:
        open_comic(path)
    assert caught.value.error_class is ErrorClass.TOO_LARGE


def test_what_only_begins_streams_is_looked_at_within_the_time_of_one_comic(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.4\n" + b"/Fl >>stream\n" * 200_000)
    program = (
        "import resource, sys; from stages.formats import pdf_bomb;"
        "resource.setrlimit(resource.RLIMIT_CPU, (30, 30)); pdf_bomb.refuse(sys.argv[1].encode())"
    )
    assert subprocess.run([sys.executable, "-c", program, path]).returncode == 0
