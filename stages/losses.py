"""What discover does about comics that are gone: mark a few, ask about many, delete none.

A root that is unreadable or empty, another disk in its place, or a loss beyond the set share holds
the job until a person says what is true. Nothing is marked until then.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from db import folders, shards
from db.engine import reading
from db.paths import display
from db.settings import settings
from stages.shard import Shard

BATCH = 500  # comics marked in one transaction


@dataclass(frozen=True, slots=True)
class Loss:
    """The comics that a walk did not find again, of `known` that were there before it."""

    comic_ids: Sequence[int]
    known: int
    found: int

    def needs_a_word(self, another_disk: bool) -> bool:
        """Whether it looks more like a disk that is not there than like comics that are gone."""
        many = len(self.comic_ids)
        beyond = many > settings().missing_share * self.known
        return many > 0 and (beyond or self.found == 0 or another_disk)


def root_unreadable(held: Shard, reason: str, known: int) -> None:
    """End the shard of a library whose root cannot be listed; nothing is marked."""
    root = display(held.root)
    with held.transaction() as connection:
        if known:
            question = (
                f"{root} cannot be looked at: {reason} Is the disk connected? "
                f"Nothing was marked missing. Scan again when it is back."
            )
            shards.hold_job(connection, held.claim, question)
        else:
            shards.fail(connection, held.claim, f"{root} cannot be looked at: {reason}")


def settle(held: Shard, loss: Loss, known_device: int | None) -> None:
    """Mark what is gone, or ask first; then end the shard.

    `known_device` is the root's device at the last scan that found all well, if there was one.
    """
    device = os.stat(held.root).st_dev
    another_disk = known_device not in (None, device)
    if loss.needs_a_word(another_disk) and not held.claim.options.get("confirm_missing"):
        question = (
            f"{len(loss.comic_ids):,} of {loss.known:,} comics are gone from "
            f"{display(held.root)}. Is the disk connected, and the right one? "
            "Nothing was marked missing."
        )
        with held.transaction() as connection:
            shards.hold_job(connection, held.claim, question)
        return
    for start in range(0, len(loss.comic_ids), BATCH):
        with held.transaction() as connection:
            gone = loss.comic_ids[start : start + BATCH]
            folders.mark_missing(connection, held.claim.job_id, gone)
    with held.transaction() as connection:
        if another_disk or known_device is None:
            folders.remember_root(connection, held.claim.library_id, device)
        shards.tell(connection, held.claim, b"", discover_total=loss.found)
        shards.finish(connection, held.claim)


def of(lost: list[int], gone_folders: list[int], known: int, found: int) -> Loss:
    """The loss of a walk: comics gone from folders that were listed, and all of folders gone."""
    ids = list(lost)
    with reading() as connection:
        for start in range(0, len(gone_folders), BATCH):
            ids += folders.present_ids(connection, gone_folders[start : start + BATCH])
    return Loss(ids, known, found)
