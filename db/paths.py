"""Paths are bytes, as file systems have them; this is how they are put together and shown."""

from __future__ import annotations


def display(path: bytes) -> str:
    """A path for the screen; what is not UTF-8 in it shows as U+FFFD."""
    return path.decode("utf-8", "replace")


def join(folder: bytes, name: bytes) -> bytes:
    """A file's path from its folder's, which is empty for the library's root."""
    return folder + b"/" + name if folder else name


def below(root: bytes, path: bytes) -> bytes:
    """The absolute path of what lies below a library's root."""
    return root.rstrip(b"/") + b"/" + path


def name_to_save(path: str) -> str:
    """What a file may be called where it is saved: what cannot be shown of its name is "_"."""
    name = path.rpartition("/")[2]
    fit = (one if one.isprintable() and one != "\N{REPLACEMENT CHARACTER}" else "_" for one in name)
    return "".join(fit)
