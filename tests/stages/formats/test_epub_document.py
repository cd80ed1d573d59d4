"""What documents of EPUBs show."""

from __future__ import annotations

import pytest

from stages.formats.epub_document import Shown, shown


def test_pictures_come_in_order_and_text_is_counted_where_it_is_seen() -> None:
    document = """<?xml version="1.0"?><!DOCTYPE html>
    <html><head><title>Not seen</title><style>p {}</style></head><body>
    <!-- <img src="no.jpg"/> --> <IMG alt='a > b' SRC="1.jpg"><p style="background: url('2.jpg')"/>
    <svg:image xlink:href="3.jpg?a=1&amp;b=2"/><object type="text/html" data="no.html"/>
    <object type="image/png" data=4.png></object>&lt;5&gt;</body></html>"""
    assert shown(document) == Shown(["1.jpg", "2.jpg", "3.jpg?a=1&b=2", "4.png"], len("<5>"))


def test_what_is_no_tag_is_text() -> None:
    assert shown("1 < 2 <3 <") == Shown([], len("1 < 2 <3 <"))


@pytest.mark.parametrize(
    "piece",
    [
        *("<a ", "<!--", "<a b='", "</", "<![CDATA[", "<![x[", "<! [", "&", "<?", "<", "<a b \"'"),
        *("<img b", "<img =", '<img src="', "<p style='url('>", "<script>"),
    ],
)
def test_a_document_without_end_takes_no_time_without_end(piece: str) -> None:
    assert shown(piece * 20_000).pictures == []
    assert shown("<img " + piece * 20_000 + ">").characters >= 0
