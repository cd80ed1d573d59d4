"""What is not looked at in a library: hidden names, what systems put into every folder, and the
names that its ignore patterns say."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import translate

NAMES = frozenset({b"@eaDir", b"__MACOSX", b"#recycle", b"$RECYCLE.BIN", b"lost+found"})

# Says something of a name in a folder, whose path below the root ends with `/`; the root's is b"".
Judgement = Callable[[bytes, bytes], bool]


def passed_over(patterns: tuple[str, ...]) -> Judgement:
    """Tells whether a name is not looked at."""
    fits = fitting(patterns) if patterns else None

    def is_passed_over(name: bytes, prefix: bytes) -> bool:
        if name.startswith(b".") or name in NAMES:
            return True
        return fits is not None and fits(name, prefix)

    return is_passed_over


def fitting(patterns: tuple[str, ...]) -> Judgement:
    """Tells whether one of some globs fits a name, or its whole path; none of no globs does."""
    if not patterns:
        return lambda _name, _prefix: False
    match = re.compile("|".join(map(translate, patterns)), re.IGNORECASE).match

    def fits(name: bytes, prefix: bytes) -> bool:
        text = name.decode("utf-8", "replace")
        return bool(match(text) or match(prefix.decode("utf-8", "replace") + text))

    return fits
