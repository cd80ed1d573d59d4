"""The thumbnail stage's work on its shard: covers are drawn before anybody looks at them.

It gives way to everything else: covers that somebody waits for are drawn by the covers process.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace

from db import cover_files, covers, hidden_pages, shards, worklists
from db.cover_files import CoverFailure
from db.covers import Failed, Made
from db.engine import reading
from db.settings import settings
from db.states import ErrorClass, Phase
from db.worklists import Item
from stages import cover, shard
from stages.formats import FormatError
from stages.time_limit import Overdue, time_limit

BATCH = 100  # covers
BATCH_SECONDS = 1.0  # a batch is written after this time, so that progress shows
NICENESS = 10


@dataclass(slots=True)
class Batch:
    """What became of covers since the last commit."""

    items: list[Item] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)


def prefill(held: shard.Shard) -> None:
    """Draw the covers of the shard's slice and end it."""
    claim = held.claim
    os.nice(max(0, NICENESS - claim.options.nice))
    first = claim.first
    while True:
        items = _next_items(claim, first, claim.last)
        if not items:
            break
        batch = _draw(held, items)
        _write(held, batch)
        held.stop_if_asked()
        first = batch.items[-1].id + 1
    with held.transaction() as connection:
        shards.finish(connection, claim)


def _next_items(claim: shards.Claim, first: int, last: int) -> list[Item]:
    """The next comics, each with the page that its cover is to be made of."""
    with reading() as connection:
        items = worklists.next_items(connection, Phase.THUMBNAIL, claim.job_id, first, last, BATCH)
        pages = hidden_pages.covers(connection, {item.id: item.cover_page for item in items})
    return [replace(item, cover_page=pages[item.id]) for item in items]


def _draw(held: shard.Shard, items: list[Item]) -> Batch:
    """Draw covers until the batch is full, has taken long, or the stage is to stop."""
    batch = Batch()
    until = time.monotonic() + BATCH_SECONDS
    for item in items:
        held.take_in_hand(item.path)
        failure = _draw_one(held.root, item)
        if failure is None:
            batch.made.append(Made(item.id, item.version))
        elif failure.error_class is not ErrorClass.CHANGING:  # that one is the next scan's
            batch.failed.append(Failed(item.id, item.version, failure))
        batch.items.append(item)
        if held.stopping or time.monotonic() > until:
            break
    return batch


def _draw_one(root: bytes, item: Item) -> CoverFailure | None:
    # The comic is on the work list, so what an earlier attempt left behind no longer counts.
    cover_files.forget_failure(item.id, item.version)
    target = cover_files.cover_file(item.id, item.version)
    try:
        with time_limit(settings().cover_timeout):
            if cover.make(root + b"/" + item.path, target, item.cover_page):
                cover_files.call_unseen(item.id, item.version)
    except FormatError as error:
        return CoverFailure(ErrorClass(error.error_class), str(error))
    except Overdue:
        return cover_files.took_too_long()
    return None


def _write(held: shard.Shard, batch: Batch) -> None:
    with held.transaction() as connection:
        covers.record(connection, batch.made, batch.failed, held.claim.job_id)
        changed = covers.of_changed_comics(connection, batch.made)
        shards.count(
            connection,
            held.claim,
            done=len(batch.made),
            failed=len(batch.failed),
            current=batch.items[-1].path,
        )
    for one in changed:
        cover_files.remove_others(one.comic_id, one.version)
    for failed in batch.failed:
        cover_files.mark_failed(failed.comic_id, failed.version, failed.failure)
