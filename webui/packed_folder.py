"""The download of a comic that is a folder of loose pictures: a ZIP archive, packed on the way."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response

from db.paths import name_to_save
from stages.formats import FormatError, open_comic
from stages.formats.folder_comic import FolderComic
from stages.formats.folder_zip import as_zip
from webui.errors import Problem


def download(folder: bytes, shown: str) -> Response:
    """The folder as an archive; `shown` is its path below the library, for people.

    Raises Problem 409 when it is no comic (any more).
    """
    try:
        comic = open_comic(folder)
    except FormatError as error:
        raise Problem(409, str(error.error_class), f"{shown}: {error}") from None
    assert isinstance(comic, FolderComic)
    response = Response(as_zip(comic), mimetype="application/vnd.comicbook+zip")
    response.call_on_close(comic.close)
    name = name_to_save(shown) + ".cbz"
    names = {"filename": name.encode("ascii", "replace").decode().replace("?", "_")}
    if not name.isascii():  # RFC 6266, 4.3
        names["filename*"] = f"UTF-8''{quote(name, safe='')}"
    response.headers.set("Content-Disposition", "attachment", **names)
    response.headers["Cache-Control"] = "private, no-cache"
    return response
