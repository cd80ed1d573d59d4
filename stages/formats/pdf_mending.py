"""A PDF document whose end is missing, given another end, so that pdfium finds the pages in it.

The end holds the table of all objects and the way to the tree of pages. pdfium finds objects
without a table, but not what the tree would have said (ISO 32000-1, 7.5 and 7.7).
"""

from __future__ import annotations

import re

_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_OBJECT = re.compile(rb"(\d{1,10})\s+(\d{1,5})\s+obj\b")
_LONGEST_START = 4096  # bytes from an object's number to its type
_MOST_PAGES = 10_000


def mended(data: bytes) -> bytes | None:
    """The document with a tree of those of its pages that are whole; None where there are none."""
    pages = list(dict.fromkeys(_pages(data)))[:_MOST_PAGES]
    if not pages:
        return None
    tree = 1 + max(int(number) for number, _ in _OBJECT.findall(data))
    kids = b" ".join(b"%d %d R" % page for page in pages)
    end = (
        b"\nendstream\nendobj\n%d 0 obj\n<< /Type /Pages /Kids [%s] /Count %d >>\nendobj\n"
        b"%d 0 obj\n<< /Type /Catalog /Pages %d 0 R >>\nendobj\n"
        b"trailer\n<< /Root %d 0 R /Size %d >>\nstartxref\n0\n%%%%EOF\n"
    )
    return data + end % (tree, kids, len(pages), tree + 1, tree, tree + 1, tree + 2)


def _pages(data: bytes) -> list[tuple[int, int]]:
    """Number and generation of the objects that are pages and have an end, in the file's order."""
    found = []
    last_end = data.rfind(b"endobj")
    for page in _PAGE.finditer(data, 0, max(last_end, 0)):
        starts = _OBJECT.findall(data, max(0, page.start() - _LONGEST_START), page.start())
        if starts:
            number, generation = starts[-1]
            found.append((int(number), int(generation)))
    return found
