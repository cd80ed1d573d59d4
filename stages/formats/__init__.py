"""What a comic file is: list its pages, read a page, read its metadata.

`open_comic` is the door; `comicinfo`, `filename`, `natural` and `pictures` are asked for by name.
Nothing here knows of the database, the pipeline or the web.
"""

from __future__ import annotations

from stages.formats.comic import Comic, Page
from stages.formats.container import COMIC_SUFFIXES, open_comic
from stages.formats.errors import ErrorClass, FormatError

__all__ = ["COMIC_SUFFIXES", "Comic", "ErrorClass", "FormatError", "Page", "open_comic"]
