"""XML as metadata files hold it: any encoding, common mistakes, and attacks that are refused.

What the elements mean is the business of each format's module.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from stages.formats import limits
from stages.formats.errors import ErrorClass, FormatError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_DTD = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_DECLARED_ENCODING = re.compile(
    rb"<\?xml[^>]*?encoding\s*=\s*[\"'](utf-8|us-ascii|iso-8859-\d+|latin-?1|windows-\d+|cp\d+|"
    rb"shift_jis|euc-\w+|gbk|gb2312|gb18030|big5|koi8-\w)[\"']",
    re.IGNORECASE,
)
_MOST_TAGS = 100_000  # of a document; each element takes half a kilobyte
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NOT_AN_XML_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)(?:#?\w+;)?")


def root_of(data: bytes, element: str, what: str) -> Element:
    """The document's root, which must be `element` (in lower case); `what` names it for people.

    Raises `FormatError` metadata_invalid.
    """
    return parsed(text_of(data, what), element, what)


def parsed(document: str, element: str, what: str) -> Element:
    """The same of a document that was decoded."""
    if document.count("<") > _MOST_TAGS:
        raise invalid(what, f"has more than {_MOST_TAGS:,} tags")
    from xml.etree import ElementTree  # most comics need no parser, and it takes 30 ms to load

    try:
        root = _root(document, what)
    except ElementTree.ParseError as error:
        try:
            root = _root(_repaired(document), what)
        except ElementTree.ParseError:
            line, column = error.position
            place = f"line {line}, column {column + 1}"
            raise invalid(what, f"is not well-formed XML ({place})") from error
    if local_name(root.tag) != element:
        raise invalid(what, f"holds <{root.tag:.40}> instead of <{element}>")
    return root


def invalid(what: str, so: str) -> FormatError:
    """The error of a metadata file that is of no use."""
    return FormatError(ErrorClass.METADATA_INVALID, f"{what} {so}.")


def text_of(data: bytes, what: str) -> str:
    """A document as text, from its first "<" on, by what it is before what it claims to be.

    Raises `FormatError` metadata_invalid when it is too large.
    """
    if len(data) > limits.current.metadata_bytes:
        raise invalid(what, f"is larger than {limits.current.metadata_bytes >> 20} MB")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode(_encoding(data), "replace")
    if "\0" in text[:4]:  # UTF-16 of ASCII characters is valid UTF-8
        text = data.decode("utf-16-be" if data.startswith(b"\0") else "utf-16-le", "replace")
    return text if text.startswith("<") else text[max(0, text.find("<")) :]


@lru_cache(1024)
def local_name(tag: str) -> str:
    """An element's name in lower case, without its namespace."""
    return tag.rpartition("}")[2].lower()


def children(parent: Element | None, name: str) -> Iterator[Element]:
    """The elements of that name (in lower case) directly below another."""
    for element in () if parent is None else parent:
        if local_name(element.tag) == name:
            yield element


def child(parent: Element | None, name: str) -> Element | None:
    """The first of them."""
    return next(children(parent, name), None)


def content(element: Element | None) -> str:
    """The text in an element and all below it, without space around it."""
    if element is None:
        return ""
    return ("".join(element.itertext()) if len(element) else element.text or "").strip()


def attribute(element: Element, name: str) -> str:
    """An attribute's value by its name in lower case, whatever its namespace; "" without one."""
    return next((value for key, value in element.items() if local_name(key) == name), "").strip()


def _root(text: str, what: str) -> Element:
    """Parse text as XML without following what a document type declares.

    All attacks that defusedxml guards against start in a document type declaration. It guards with
    Python code for every element, which is ten times slower than ElementTree's parser in C, so it
    is asked only when there may be one. Looking for it in the text is enough: given text, the
    parser reads it as it is, whatever encoding the document claims to have.
    """
    from xml.etree import ElementTree

    if "<!" not in text or not _DTD.search(text):
        return ElementTree.fromstring(text)  # noqa: S314 - there is no document type
    import defusedxml.ElementTree  # few documents have a type
    from defusedxml.common import DefusedXmlException

    try:
        root: Element = defusedxml.ElementTree.fromstring(text)
    except DefusedXmlException as error:
        raise invalid(what, "defines entities of its own, which Longbox does not follow") from error
    return root


def _encoding(data: bytes) -> str:
    """The encoding of a document that is not clean UTF-8."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    declared = _DECLARED_ENCODING.match(data)
    if declared and declared[1].lower() not in (b"utf-8", b"us-ascii"):
        try:
            return codecs.lookup(declared[1].decode()).name
        except LookupError:
            pass
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    foreign = sum(not char.isascii() for char in text)
    # Windows programs that write their own code page and say UTF-8 are the common case.
    return "utf-8" if foreign > 2 * broken else "windows-1252"


def _repaired(text: str) -> str:
    """The text without the mistakes that people's scripts make: control characters, bare
    ampersands, HTML's entities, and what stands behind the last element."""
    text = _NOT_IN_XML.sub("", text[: text.rfind(">") + 1])
    return _NOT_AN_XML_ENTITY.sub(lambda match: html.escape(html.unescape(match[0])), text)
