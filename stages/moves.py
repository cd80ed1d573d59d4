"""The end of a shard behind which all may be indexed: what has moved is settled before it ends.

Here is what every scan pays for: whether there is anything to settle. The settlement itself is in
`stages/settlement.py`, which a scan that moved nothing never loads.
"""

from __future__ import annotations

from db import job_folders, moves, shards, worklists
from db.engine import reading
from db.states import Phase
from stages.shard import Shard

FORGOTTEN = 2_000  # rows of which it is forgotten in one transaction what they held before


def finish(held: Shard) -> None:
    """End the shard; if with it all is indexed, settle first what has moved."""
    claim = held.claim
    with reading() as connection:
        is_any_unread = moves.is_any_unread(connection, claim.job_id)
    with held.transaction() as connection:
        is_due = (
            shards.is_last(connection, claim)
            and worklists.is_done(connection, Phase.INDEX, claim.job_id)
            and (is_any_unread or moves.is_due(connection, claim.library_id, claim.job_id))
        )
        if not is_due:
            shards.finish(connection, claim)
            return
    with reading() as connection:
        may_have_moved = moves.is_any_lost(connection, claim.library_id, claim.job_id)
    if may_have_moved:
        from stages import settlement

        settlement.settle(held)
    if is_any_unread:
        _forget_unread(held)
    while _forget_before(held):
        held.stop_if_asked()
    with held.transaction() as connection:
        everything = job_folders.is_of_everything(connection, claim.job_id)
        if everything and claim.options.looks_at_everything:  # else what is new in one folder may
            moves.all_is_settled(connection, claim.library_id)  # be gone from another
        shards.finish(connection, claim)


def _forget_unread(held: Shard) -> None:
    """Forget files that were gone before they were read, such as those renamed during a scan."""
    from db import purges  # hardly any scan needs it, and it takes time to load

    while True:
        with held.transaction() as connection:
            if not purges.forget_unread(connection, held.claim.job_id):
                return
        held.stop_if_asked()


def _forget_before(held: Shard) -> bool:
    with held.transaction() as connection:
        return moves.forget_before(connection, held.claim.library_id, FORGOTTEN)
