"""Documents from the disk to the catalogue: what a scan makes of PDF and EPUB files."""

from __future__ import annotations

from pathlib import Path

import pytest

from db import cover_files
from db.states import ErrorClass
from tests.stages.formats.documents import FIXED, XHTML, Pdf, comic_epub, epub_of, jpeg, opf
from tests.trial import Trial

PAGES = [jpeg(colour=colour) for colour in ("teal", "navy", "maroon")]


@pytest.fixture
def trial(data: Path, tmp_path: Path) -> Trial:
    trial = Trial(tmp_path / "comics")
    (trial.root / "Saga").mkdir()
    return trial


def test_documents_are_indexed_and_get_covers(trial: Trial) -> None:
    scan = Pdf()
    for page in PAGES:
        scan.scan(page)
    scan.info(Title="The Will")
    scan.write(trial.root / "Saga" / "Saga 001.pdf")
    cover = '<meta name="cover" content="i-images-002.jpg"/>'
    comic_epub(trial.root / "Saga" / "Saga 002.epub", PAGES, FIXED + cover)
    job = trial.scan(thumbnails="all")
    assert (job.index_done, job.index_failed, job.thumbnail_done) == (2, 0, 2)
    pdf, epub = trial.comic("Saga/Saga 001.pdf"), trial.comic("Saga/Saga 002.epub")
    assert (pdf.container, pdf.page_count, pdf.cover_page, pdf.title) == ("pdf", 3, 0, "The Will")
    assert (epub.container, epub.page_count, epub.cover_page) == ("epub", 3, 1)
    for comic in (pdf, epub):
        assert cover_files.cover_file(comic.id, comic.version).exists()
    assert not trial.errors()


def test_what_is_no_comic_is_an_error_of_its_class(trial: Trial) -> None:
    folder = trial.root / "Saga"
    locked = Pdf()
    locked.scan(PAGES[0])
    locked.encrypt(user_password_is_empty=False)
    locked.write(folder / "locked.pdf")
    Pdf().write(folder / "empty.pdf")
    text = XHTML.format("<p>It was a dark and stormy night.</p>" * 200)
    package = opf(["a.xhtml"], {"a.xhtml": "application/xhtml+xml"}, "")
    epub_of(folder / "novel.epub", {"OEBPS/a.xhtml": text, "OEBPS/content.opf": package})
    trial.scan()
    assert trial.errors() == {
        "Saga/locked.pdf": ErrorClass.ENCRYPTED,
        "Saga/empty.pdf": ErrorClass.NO_PAGES,
        "Saga/novel.epub": ErrorClass.UNSUPPORTED,
    }
