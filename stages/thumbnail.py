"""The thumbnail stage and, with `--serve`, the process that draws covers for whoever is looking.

A server reads one JSON line for each cover, `{"comic", "cover", "page"}` or, for one that another
program has drawn, `{"picture", "cover"}` (paths as `os.fsdecode` has them), and answers each with
one: `{"made": true or false}`, `{"error_class", "message"}` when that gives no cover,
`{"unwritable": …}` when the cover has no place to go.
It ends with its input, which its parent holds open.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

from stages import cover, jail
from stages.formats import FormatError


def serve(seconds: int) -> None:
    """Draw covers until the input ends, in a jail, and none for longer than that.

    The limit of time is for a server whose parent is dead; a living parent has one of its own.
    """
    jail.enter()
    for number in (signal.SIGTERM, signal.SIGINT):  # they reach the whole group; the parent decides
        signal.signal(number, lambda *_: None)
    for line in sys.stdin.buffer:
        signal.alarm(seconds)
        jail.next_item()
        answer = _answer(json.loads(line))
        signal.alarm(0)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    target = Path(request["cover"])
    try:
        if "picture" in request:
            return {"made": cover.make_from_picture(Path(request["picture"]), target)}
        return {"made": cover.make(os.fsencode(request["comic"]), target, request["page"])}
    except FormatError as error:
        return {"error_class": error.error_class, "message": str(error)}
    except OSError as error:
        return {"unwritable": str(error)}


def main() -> None:
    if sys.argv[1] == "--serve":
        logging.basicConfig(format="%(message)s", level=logging.INFO)
        serve(int(sys.argv[2]))
    else:
        from stages import artwork, prefill, shard  # they bring the database; a server needs none

        def work(held: shard.Shard) -> None:
            """Draw a slice's covers; the slice without bounds is the pictures beside the comics."""
            if held.claim.last:
                prefill.prefill(held)
            else:
                artwork.keep_all(held)

        shard.run(work)


if __name__ == "__main__":
    main()
