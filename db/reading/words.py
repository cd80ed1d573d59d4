"""What people write into their reading data: how long it may be, and what no text may hold."""

from __future__ import annotations

import re

LONGEST_NOTE = 10_000
LONGEST_NAME = 200
LARGEST_PAGE = 100_000


class Unfit(ValueError):
    """A value cannot be kept; the message is the sentence for the user."""


def note(text: str, what: str) -> str:
    """A text of several lines; raises Unfit."""
    if len(text) > LONGEST_NOTE:
        raise Unfit(f"{what} may have at most {LONGEST_NOTE:,} characters.")
    if "\0" in text:
        raise Unfit(f"{what} must be text.")
    return text.strip()


def name(text: str, what: str) -> str:
    """A name of one line; raises Unfit."""
    text = " ".join(text.split())
    if not text:
        raise Unfit(f"{what} needs a name.")
    if len(text) > LONGEST_NAME or not text.isprintable():
        raise Unfit(
            f"{what}'s name may have at most {LONGEST_NAME} characters, all of which can be seen."
        )
    return text


def page(number: int, page_count: int | None) -> int:
    """A page's number, from 0; raises Unfit when the comic has no such page."""
    if page_count is not None and number >= page_count:
        pages = "one page" if page_count == 1 else f"{page_count} pages"
        raise Unfit(f"The comic has {pages}, so the last is page {page_count - 1} (from 0).")
    if not 0 <= number < LARGEST_PAGE:
        raise Unfit("A page is a number from 0.")
    return number


def uid(text: str) -> str:
    """What tells a note or a list from others, when the caller chose it; raises Unfit."""
    if not re.fullmatch(r"[\w-]{1,64}", text, re.ASCII):
        raise Unfit("A uid has 1 to 64 letters, digits, - and _.")
    return text
