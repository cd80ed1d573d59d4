"""A scan's options as the fields of a form, wherever one asks for them: the scan, a profile, a
library. The fields are in `templates/scan/_options.html`.
"""

from __future__ import annotations

import json
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
    ScanOptions,
    Thumbnails,
    in_full,
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


NUMBERS = ("max_folders", "workers", "nice")


def said(form: Mapping[str, str]) -> Said:
    """What a form says of every option; raises BadOption."""
    told = written(form)
    for name in NUMBERS:
        if isinstance(told[name], str):
            raise BadOption(f"{OPTIONS[name].label}: write a whole number, or nothing.")
    return told


def written(form: Mapping[str, str]) -> Said:
    """What a form says of every option; a number that is none stays the words that it is."""
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


def as_chosen(form: Mapping[str, str], told: Said, options: ScanOptions) -> Said:
    """What a form tells where somebody chose it, and elsewhere what these options are.

    `filled` in the form is what it was filled in with, `chosen` the names of the fields that were
    touched since, even those that are as they were.
    """
    chosen, given = form.get("chosen", "").split(), in_full(options)
    untouched = [
        name
        for name, value in _filled(form).items()
        if name not in chosen and name in told and told[name] == value
    ]
    return told | {name: given[name] for name in untouched}


def _filled(form: Mapping[str, str]) -> Said:
    try:
        filled = json.loads(form.get("filled", "{}"))
    except (ValueError, RecursionError):
        return {}
    return filled if isinstance(filled, dict) else {}


def _number(form: Mapping[str, str], name: str) -> int | str | None:
    words = form.get(name, "").strip()
    if not words:
        return None
    return int(words) if words.isascii() and words.isdigit() and len(words) <= 9 else words
