"""The options of a scan as flags of a command, one for each of `db/scan_options.py`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

from db.scan_options import KINDS, MOST_FOLDERS, MOST_WORKERS, NICEST, OPTIONS, Said, Thumbnails
from db.states import ScanKind

R = TypeVar("R")

_KINDS = "; ".join(f"{kind}: {does}" for kind, does in KINDS.items())
_FLAGS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "kind": (
        ("--kind",),
        {"type": click.Choice([one.value for one in ScanKind]), "help": f"{_KINDS}."},
    ),
    "thumbnails": (("--thumbnails",), {"type": click.Choice([one.value for one in Thumbnails])}),
    "max_folders": (("--max-folders",), {"type": click.IntRange(1, MOST_FOLDERS), "metavar": "N"}),
    "skip_metadata": (("--skip-metadata/--read-metadata",), {"default": None}),
    "skip_assets": (("--skip-assets/--take-assets",), {"default": None}),
    "ignore": (("--ignore",), {"multiple": True, "metavar": "PATTERN"}),
    "workers": (("--workers",), {"type": click.IntRange(1, MOST_WORKERS), "metavar": "N"}),
    "nice": (("--nice",), {"type": click.IntRange(0, NICEST), "metavar": "N"}),
}


def option_flags(command: Callable[..., R]) -> Callable[..., R]:
    """Give a command a flag for each option; it gets those that were set as `said`."""

    @wraps(command)
    def with_said(*args: Any, **kwargs: Any) -> R:
        values = {name: kwargs.pop(name) for name in OPTIONS}
        said: Said = {name: value for name, value in values.items() if value not in (None, ())}
        return command(*args, **kwargs, said=said)

    flagged: Callable[..., R] = with_said
    for name in reversed(OPTIONS):
        names, how = _FLAGS[name]
        words = {"help": f"{OPTIONS[name].label}. {OPTIONS[name].explained}"} | how
        flagged = click.option(*names, name, **words)(flagged)
    return flagged
