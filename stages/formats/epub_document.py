"""What a document in an EPUB shows: the pictures that it refers to, and how much text there is.

XHTML, HTML or SVG, well-formed or not: tags are taken one after the other, in a time that grows
with the document's length alone, which that of the standard library's parser does not. No entity
is followed, and nothing is looked up.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

# Each alternative gives back nothing, and none passes a "<" but within quotes: so no character is
# looked at more often than some times.
_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[a-zA-Z][^\s/<>\"']*+)"
    r"(?P<rest>(?:[^\"'<>]++|\"[^\"]*+\"|'[^']*+')*+)>"
).match
_DECLARATION = re.compile(r"<[!?][^<>]*+>").match
_ATTRIBUTES = re.compile(
    r"(?<![^\s\"'])([^\s=\"'/]++)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"']++))"
).findall
_STYLED = re.compile(r"url\(\s*+['\"]?([^'\"()]++)").findall
_SPANS = (("<!--", "-->"), ("<![CDATA[", "]]>"))
_UNSEEN = frozenset(("head", "style", "script", "title"))


class Shown(NamedTuple):
    """References to pictures in the document's order, and the number of characters of text."""

    pictures: list[str]
    characters: int


def shown(document: str) -> Shown:
    """What the document shows."""
    pictures: list[str] = []
    characters = unseen = 0
    for text, tag in _pieces(document):
        if not unseen:
            characters += len(html.unescape(text).strip())
        if tag is None:
            continue
        name = tag["name"].lower().rpartition(":")[2]
        if name in _UNSEEN and not tag["rest"].endswith("/"):
            unseen = max(0, unseen - 1) if tag["end"] else unseen + 1
        if not tag["end"]:
            pictures += _referred_to(name, tag["rest"])
    return Shown(pictures, characters)


def _pieces(document: str) -> Iterator[tuple[str, re.Match[str] | None]]:
    """The text in front of each tag with the tag, and the text behind the last one."""
    place = begun = 0  # where what was not handed out yet begins, and where to look on
    while (start := document.find("<", begun)) >= 0:
        tag = _TAG(document, start)
        after = tag.end() if tag else _behind(document, start)
        if after == start:  # a "<" that is only itself
            begun = start + 1
            continue
        yield document[place:start], tag
        place = begun = after
    yield document[place:], None


def _behind(document: str, start: int) -> int:
    """Where a comment, a declaration or the like ends that begins there; `start` if none does.

    What is marked as text ends where its mark does.
    """
    for opening, closing in _SPANS:
        if document.startswith(opening, start):
            end = document.find(closing, start + len(opening))
            return len(document) if end < 0 else end + len(closing)
    declaration = _DECLARATION(document, start)
    return declaration.end() if declaration else start


def _referred_to(name: str, rest: str) -> list[str]:
    if name not in ("img", "image", "object") and "url(" not in rest:
        return []
    values = {key.lower(): html.unescape("".join(quoted)) for key, *quoted in _ATTRIBUTES(rest)}
    reference = None
    if name == "img":
        reference = values.get("src")
    elif name == "image" or (name == "object" and values.get("type", "").startswith("image/")):
        reference = values.get("xlink:href") or values.get("href") or values.get("data")
    return [*([reference] if reference else []), *_STYLED(values.get("style", ""))]
