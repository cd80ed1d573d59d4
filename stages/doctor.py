"""What the stages find on this machine, as JSON for `longbox doctor`: `python -m stages.doctor`.

It opens no comic and no database: it looks for the program that unpacks RAR, and at what Pillow
was built with.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any

import PIL
from PIL import features

from stages.formats import rar_engine

PICTURES = {"jpg": "JPEG", "zlib": "PNG", "webp": "WebP", "avif": "AVIF", "jpg_2000": "JPEG 2000"}


def examine() -> dict[str, Any]:
    """`{"rar": {"engine", "path", "version", "problem"} or null, "pillow": {"version", …}}`."""
    return {
        "rar": _rar(),
        "pillow": {
            "version": PIL.__version__,
            "pictures": {words: features.check(name) for name, words in PICTURES.items()},
        },
    }


def _rar() -> dict[str, str | None] | None:
    engine = rar_engine.engine()
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
