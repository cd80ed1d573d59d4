"""What the stages find on this machine, as JSON for `longbox doctor`: `python -m stages.doctor`.

It opens no comic and no database: it looks for the program that unpacks RAR, at the library that
draws PDF, and at the formats of pictures that can be decoded.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any

import PIL
from PIL import features

from stages.formats import pictures, unpacker

PICTURES = {"jpg": "JPEG", "zlib": "PNG", "webp": "WebP", "avif": "AVIF", "libtiff": "TIFF"}
EXTRAS = {"image/jxl": "JPEG XL", "image/heic": "HEIC"}


def examine() -> dict[str, Any]:
    """`{"rar": {"engine", "path", "version", "problem"} or null, "pdf": {"version", "problem"},
    "pillow": {"version", "pictures": {name: bool}, "extras": {name: {"extra", "there"}}}}`."""
    return {
        "rar": _rar(),
        "pdf": _pdf(),
        "pillow": {
            "version": PIL.__version__,
            "pictures": {words: features.check(name) for name, words in PICTURES.items()},
            "extras": {
                words: {"extra": pictures.EXTRAS[name], "there": pictures.can_decode(name)}
                for name, words in EXTRAS.items()
            },
        },
    }


def _pdf() -> dict[str, str | None]:
    try:
        from pypdfium2.version import PDFIUM_INFO
    except (ImportError, OSError) as error:  # no library for this machine
        return {"version": None, "problem": f"pdfium cannot be loaded: {error}."}
    return {"version": f"pdfium {PDFIUM_INFO.tag}", "problem": None}


def _rar() -> dict[str, str | None] | None:
    engine = unpacker.engine()
    if engine is None:
        return None
    found: dict[str, str | None] = {"engine": engine.name, "path": engine.path}
    try:
        told = subprocess.run(
            [engine.path], capture_output=True, text=True, errors="replace", timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return found | {"version": None, "problem": f"It cannot be run: {error}."}
    lines = (told.stdout or told.stderr).strip().splitlines()
    version = lines[0].partition(" : ")[0].strip() if lines else engine.name
    return found | {"version": version, "problem": None}


if __name__ == "__main__":
    print(json.dumps(examine()))
