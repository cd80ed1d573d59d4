"""What a comic's file name says: series, number, volume, year, title and more.

File names have no format. This knows the habits of scanners and shops, in many languages, as in
"Series Name v2 012 (of 16) (2019) (digital) (Group)"; it serves where metadata is silent.
"""

from stages.formats.filename.name import FileName
from stages.formats.filename.parser import parse

__all__ = ["FileName", "parse"]
