"""What a picture beside comics is by its name: a cover, a banner, a logo.

The words are those that media servers and Windows' own folders go by, in any spelling: "Cover.JPG",
"folder (1).png", "Saga-poster.webp", "season_banner". Nothing is opened.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

ROLES = {
    "cover": "cover",
    "front": "cover",
    "folder": "folder",
    "poster": "poster",
    "thumb": "thumb",
    "thumbnail": "thumb",
    "albumart": "thumb",
    "albumartsmall": "thumb",
    "banner": "banner",
    "backdrop": "backdrop",
    "background": "backdrop",
    "fanart": "backdrop",
    "landscape": "backdrop",
    "logo": "logo",
    "clearlogo": "logo",
}
"""Word → what a picture of that name is (the values of `db.states.ArtworkRole`)."""
MAY_BE_COVERS = frozenset(("cover", "folder", "poster", "thumb"))

# A word alone, or behind another name, and a number behind it: "cover2", "poster (1)".
_NAMED = re.compile(
    rf"(?:(?P<of>.*?)[-_. ]+)?[(\[]?(?P<word>{'|'.join(ROLES)})[)\]]?[-_. ]*[(\[]?\d{{0,3}}[)\]]?"
)
_NOT_THE_FRONT = re.compile(r"(?:^|[-_. ])(?:back|rear|inside|inner)$")


class Role(NamedTuple):
    """What a picture is; `comic` is the name of the comic that it is the cover of, b"" for all."""

    role: str
    comic: bytes


def role_of(name: bytes, comics: Mapping[str, bytes], folder: bytes) -> Role | None:
    """What a picture in a folder is; None when its name says nothing.

    `comics` has the names of the folder's comics by their `spelling` without the ending, `folder`
    is the folder's own name.
    """
    stem = spelling(name.rpartition(b".")[0])
    if stem in comics:
        return Role("cover", comics[stem])
    if stem == spelling(folder):
        return Role("folder", b"")
    said = _NAMED.fullmatch(stem)
    if said is None or (said["of"] and _NOT_THE_FRONT.search(said["of"])):
        return None
    role = ROLES[said["word"]]
    if said["of"] in comics:
        return Role(role, comics[said["of"]]) if role in MAY_BE_COVERS else None
    return Role(role, b"")


def spelling(name: bytes) -> str:
    """A name without regard to case, and to how its accents are put together."""
    return unicodedata.normalize("NFC", name.decode("utf-8", "surrogateescape")).casefold()
