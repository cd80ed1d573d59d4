"""A scan's options as the fields of a form, wherever one asks for them: the scan, a profile, a
library. The fields are in `templates/scan/_options.html`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from db.scan_options import (
    COVERS_OF_KIND,
    KINDS,
    MOST_FOLDERS,
    MOST_WORKERS,
    NICEST,
    OPTIONS,
    BadOption,
    Said,
    Thumbnails,
)
from db.states import ScanKind

COVERS = {
    "": "as goes with the kind",
    Thumbnails.NONE: "none",
    Thumbnails.SERIES: "one for each series",
    Thumbnails.ALL: "all of them",
}

# What the template needs besides the options that are filled in.
FIELDS: dict[str, Any] = {
    "options_known": OPTIONS,
    "kinds": {kind: does[0].upper() + does[1:] for kind, does in KINDS.items()},
    "covers_of_kind": COVERS_OF_KIND,
    "covers_words": COVERS,
    "most": {"max_folders": MOST_FOLDERS, "workers": MOST_WORKERS, "nice": NICEST},
}


def said(form: Mapping[str, str]) -> Said:
    """What a form says of every option; raises BadOption."""
    return {
        "kind": form.get("kind") or ScanKind.QUICK.value,
        "thumbnails": form.get("thumbnails") or None,
        "max_folders": _number(form, "max_folders"),
        "skip_metadata": bool(form.get("skip_metadata")),
        "skip_assets": bool(form.get("skip_assets")),
        "ignore": form.get("ignore", "").splitlines(),
        "workers": _number(form, "workers"),
        "nice": _number(form, "nice") or 0,
    }


def _number(form: Mapping[str, str], name: str) -> int | None:
    words = form.get(name, "").strip()
    if not words:
        return None
    if not words.isascii() or not words.isdigit() or len(words) > 9:
        raise BadOption(f"{OPTIONS[name].label}: write a whole number, or nothing.")
    return int(words)
