"""What is not looked at in a library: hidden names, what systems put into every folder, and the
names that its ignore patterns say."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import translate

NAMES = frozenset({b"@eaDir", b"__MACOSX", b"#recycle", b"$RECYCLE.BIN", b"lost+found"})


def passed_over(patterns: tuple[str, ...]) -> Callable[[bytes, bytes], bool]:
    """Tells whether a name, in a folder whose path below the root ends with `/` unless it is the
    root's (`b""`), is passed over; a pattern is a glob for the name or for the whole path."""
    ignored = re.compile("|".join(map(translate, patterns)), re.IGNORECASE).match

    def is_passed_over(name: bytes, prefix: bytes) -> bool:
        if name.startswith(b".") or name in NAMES:
            return True
        if not patterns:
            return False
        text = name.decode("utf-8", "replace")
        return bool(ignored(text) or ignored(prefix.decode("utf-8", "replace") + text))

    return is_passed_over
