"""EPUB files: the pictures that the spine shows, in its order; books of text and locked ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from stages.formats import Comic, ErrorClass, FormatError, open_comic
from stages.formats.epub_comic import EpubComic
from stages.formats.metadata_file import MetadataFormat
from tests.stages.formats.archives import REAL, needs_real
from tests.stages.formats.documents import (
    FIXED,
    XHTML,
    comic_epub,
    epub_of,
    jpeg,
    opf,
)

PAGES = [jpeg(colour=colour) for colour in ("teal", "navy", "maroon")]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "comic.epub"


def pages_of(comic: Comic) -> list[bytes]:
    return [comic.read(page) for page in comic.pages]


def of_documents(file: Path, *documents: str, metadata: str = FIXED, **pages: bytes) -> bytes:
    """An EPUB whose spine has these documents, in which {0} … are pictures that lie beside them."""
    entries: dict[str, str | bytes] = {}
    types, spine = {}, []
    for number, document in enumerate(documents):
        name = f"{number}.svg" if document.startswith("<svg") else f"{number}.xhtml"
        entries[f"OEBPS/{name}"] = document
        types[name] = "image/svg+xml" if name.endswith("svg") else "application/xhtml+xml"
        spine.append(name)
    for number, page in enumerate(PAGES):
        entries[f"OEBPS/{number}.jpg"] = page
        types[f"{number}.jpg"] = "image/jpeg"
    return epub_of(file, entries | {"OEBPS/content.opf": opf(spine, types, metadata)})


def test_pages_come_in_the_order_of_the_spine_not_of_their_names(file: Path) -> None:
    with open_comic(comic_epub(file, PAGES)) as comic:
        assert comic.container == "epub"
        assert comic.page_count == 3
        assert pages_of(comic) == PAGES
        assert [page.name for page in comic.pages] == [
            f"OEBPS/images/{n:03d}.jpg" for n in (3, 2, 1)
        ]


def test_every_way_of_showing_a_picture_is_understood(file: Path) -> None:
    path = of_documents(
        file,
        XHTML.format('<svg><image xlink:href="2.jpg"/></svg>'),
        '<svg xmlns="http://www.w3.org/2000/svg"><image href="./0.jpg"/></svg>',
        XHTML.format("""<div style="background: url('../OEBPS/1%2Ejpg')"></div>"""),
    )
    with open_comic(path) as comic:
        assert pages_of(comic) == [PAGES[2], PAGES[0], PAGES[1]]


def test_pictures_stand_in_the_spine_themselves_or_in_a_drawing(file: Path) -> None:
    entries: dict[str, str | bytes] = {
        "OEBPS/a.bin": PAGES[0],
        "OEBPS/b.svg": '<svg><image href="c.jpg"/></svg>',
        "OEBPS/b.xhtml": XHTML.format('<img src="b.svg"/>'),
        "OEBPS/c.jpg": PAGES[1],
    }
    types = {
        "a.bin": "image/jpeg",
        "b.svg": "image/svg+xml",
        "b.xhtml": "application/xhtml+xml",
        "c.jpg": "image/jpeg",
    }
    package = opf(["a.bin", "b.xhtml"], types)
    with open_comic(epub_of(file, entries | {"OEBPS/content.opf": package})) as comic:
        assert pages_of(comic) == PAGES[:2]


def test_several_pictures_of_a_document_come_in_its_order_and_none_twice(file: Path) -> None:
    two = XHTML.format('<img src="1.jpg"/><img src="0.jpg"/>')
    again = XHTML.format('<img src="0.jpg"/><img src="2.jpg"/><img src="https://x.test/3.jpg"/>')
    with open_comic(of_documents(file, two, again)) as comic:
        assert pages_of(comic) == [PAGES[1], PAGES[0], PAGES[2]]


def test_documents_that_are_no_well_formed_xml_are_read(file: Path) -> None:
    with open_comic(of_documents(file, '<p>&nbsp;<br><img src="0.jpg"><img src="1.jpg"')) as comic:
        assert pages_of(comic) == PAGES[:1]


def test_an_epub_is_known_without_its_mimetype(file: Path) -> None:
    documents = {"OEBPS/p.xhtml": XHTML.format('<img src="b.jpg"/>')}
    pictures = {"OEBPS/a.jpg": PAGES[0], "OEBPS/b.jpg": PAGES[1]}
    package = opf(["p.xhtml"], {"p.xhtml": "application/xhtml+xml", "b.jpg": "image/jpeg"})
    path = epub_of(
        file, {**documents, **pictures, "OEBPS/content.opf": package}, mimetype_first=False
    )
    with open_comic(path) as comic:
        assert comic.container == "epub"
        assert pages_of(comic) == [PAGES[1]]


def test_the_cover_is_what_the_package_says_it_is(file: Path) -> None:
    for metadata in ('<meta name="cover" content="i-images-001.jpg"/>', ""):
        with open_comic(comic_epub(file, PAGES, FIXED + metadata)) as comic:
            assert isinstance(comic, EpubComic)
            assert comic.cover_page == (2 if metadata else 0)


def test_the_package_document_and_a_comicinfo_are_handed_over(file: Path) -> None:
    comic_epub(file, PAGES)
    import zipfile

    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("ComicInfo.xml", "<ComicInfo/>")
    with open_comic(bytes(file)) as comic:
        found = {one.format: one.data for one in comic.metadata()}
    assert found[MetadataFormat.COMICINFO] == b"<ComicInfo/>"
    package = found[MetadataFormat.EPUB]
    assert isinstance(package, bytes)
    assert b"<dc:title>Saga</dc:title>" in package


def test_a_comic_is_the_same_comic_with_other_metadata(file: Path) -> None:
    prints = []
    for metadata in (FIXED, FIXED + "<dc:creator>Vaughan</dc:creator>"):
        with open_comic(comic_epub(file, PAGES, metadata)) as comic:
            prints.append((comic.fingerprint, comic.full_fingerprint, comic.page_sums))
    assert prints[0][0] == prints[1][0]
    assert prints[0][1] != prints[1][1]
    assert prints[0][2] == prints[1][2] != b""


def refusal(path: bytes) -> FormatError:
    with pytest.raises(FormatError) as caught:
        open_comic(path)
    return caught.value


def test_pictures_without_a_word_are_a_comic_whatever_the_package_says(file: Path) -> None:
    with open_comic(comic_epub(file, PAGES, metadata="")) as comic:
        assert comic.page_count == 3


def test_a_book_of_running_text_is_no_comic(file: Path) -> None:
    chapter = XHTML.format("<p>It was a dark and stormy night.</p>" * 200)
    cover = XHTML.format('<img src="0.jpg"/>')
    for documents in ((chapter,), (cover, chapter), (cover, chapter * 4, chapter)):
        error = refusal(of_documents(file, *documents, metadata=""))
        assert error.error_class is ErrorClass.UNSUPPORTED
        assert "running text" in str(error)


def test_a_book_with_words_in_its_pictures_documents_is_a_comic_if_it_says_so(file: Path) -> None:
    text = "<p>Once upon a time there was a fox.</p>" * 40
    pages = [XHTML.format(f'<img src="{number}.jpg"/>{text}') for number in (0, 1)]
    with open_comic(of_documents(file, *pages)) as comic:
        assert comic.page_count == 2
    error = refusal(of_documents(file, *pages, metadata=""))
    assert error.error_class is ErrorClass.UNSUPPORTED


def test_an_epub_that_shows_nothing_has_no_pages(file: Path) -> None:
    assert refusal(of_documents(file, XHTML.format(""))).error_class is ErrorClass.NO_PAGES


def encryption(algorithm: str) -> str:
    return (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" '
        'xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData>'
        f'<enc:EncryptionMethod Algorithm="{algorithm}"/><enc:CipherData><enc:CipherReference '
        'URI="OEBPS/0.jpg"/></enc:CipherData></enc:EncryptedData></encryption>'
    )


def test_copy_protection_is_named_and_garbled_fonts_are_none(file: Path) -> None:
    import zipfile

    for algorithm, locked in (
        ("http://www.w3.org/2001/04/xmlenc#aes128-cbc", True),
        ("http://www.idpf.org/2008/embedding", False),
    ):
        comic_epub(file, PAGES)
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr("META-INF/encryption.xml", encryption(algorithm))
        if locked:
            assert refusal(bytes(file)).error_class is ErrorClass.ENCRYPTED
        else:
            open_comic(bytes(file)).close()


@pytest.mark.parametrize(
    "package",
    [
        "",
        "<package",
        "<html/>",
        '<!DOCTYPE p [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><package>&b;</package>',
    ],
)
def test_a_broken_package_document_is_damage(file: Path, package: str) -> None:
    path = epub_of(file, {"OEBPS/content.opf": package, "OEBPS/0.jpg": PAGES[0]})
    assert refusal(path).error_class is ErrorClass.DAMAGED


def test_nothing_outside_the_archive_is_read(file: Path) -> None:
    page = XHTML.format('<img src="../../../../etc/passwd"/><img src="file:///etc/passwd.jpg"/>')
    assert refusal(of_documents(file, page)).error_class is ErrorClass.NO_PAGES


@needs_real
def test_real_books_of_text_are_told_from_comics() -> None:
    for path in sorted((REAL / "archives").rglob("*.epub")):
        assert refusal(bytes(path)).error_class is ErrorClass.UNSUPPORTED
