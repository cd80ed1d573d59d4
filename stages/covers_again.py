"""What discover does for a scan of covers alone: no walk, but a look at which covers are lacking.

Those that failed are drawn again, and those whose files are gone.
"""

from __future__ import annotations

import os

from db import cover_files, covers, shards, worklists
from db.engine import reading
from db.paths import display
from db.states import Phase
from stages import losses
from stages.formats.errors import from_os_error
from stages.shard import Shard

BATCH = 2_000  # comics


def put_back(held: Shard) -> None:
    """Put comics without covers on the work list, and end the shard.

    A library whose folder cannot be looked at, or is empty, fails: each of its covers would.
    """
    try:
        is_empty = not os.listdir(held.root)
    except OSError as error:
        losses.root_unreadable(held, str(from_os_error(error)), 0)
        return
    if is_empty:
        reason = f"There is nothing in {display(held.root)}. Is the disk mounted?"
        with held.transaction() as connection:
            shards.fail(connection, held.claim, reason)
        return
    library_id = held.claim.library_id
    with held.transaction() as connection:
        worklists.put_back_failed(connection, library_id, phases=(Phase.THUMBNAIL,))
    after = 0
    while True:
        with reading() as connection:
            drawn = covers.drawn(connection, library_id, after, BATCH)
        if not drawn:
            break
        lost = [one.comic_id for one in drawn if not cover_files.cover_file(*one).exists()]
        with held.transaction() as connection:
            worklists.put_back(connection, Phase.THUMBNAIL, lost)
        held.stop_if_asked()
        after = drawn[-1].comic_id
    with held.transaction() as connection:
        known = worklists.comics_known(connection, library_id)
        shards.tell(
            connection,
            held.claim,
            b"",
            discover_total=known,
            discover_done=known,
            comics_found=known,
        )
        shards.finish(connection, held.claim)
