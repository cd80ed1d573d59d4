"""Archives in several files: which files of a folder are read with another one and are no comic of
their own. `NAME.part1.rar`, `NAME.part2.rar` … is how RAR names them; what it named them before
(`NAME.rar`, `NAME.r00` …) ends in nothing that is taken for a comic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_part = re.compile(rb"(.*\.part)0*(\d+)(\.(?:rar|cbr))", re.IGNORECASE | re.DOTALL).fullmatch


def later_parts(names: Iterable[bytes]) -> frozenset[bytes]:
    """Those of the names that are of later parts whose first part is there as well."""
    parts = {
        name: (match[1].lower(), match[3].lower(), int(match[2]))
        for name in names
        if (match := _part(name))
    }
    first = {(stem, suffix) for stem, suffix, number in parts.values() if number == 1}
    return frozenset(
        name
        for name, (stem, suffix, number) in parts.items()
        if number > 1 and (stem, suffix) in first
    )
