"""What discover does about comics that are gone: mark a few, ask about many, delete none.

A root that is unreadable or empty, another disk in its place, or a loss beyond the set share holds
the job until a person says what is true, or the files are back. What would go missing is written
down for the person to look through; nothing is marked until then.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from db import errors, folders, held, job_folders, shards
from db import moves as known_moves
from db.engine import reading
from db.paths import display
from db.settings import settings
from db.states import HeldReason
from stages import moves
from stages.shard import Shard

BATCH = 500  # comics marked in one transaction
WRITTEN_DOWN = 5_000  # comics in one transaction


@dataclass(frozen=True, slots=True)
class Loss:
    """The comics that a walk did not find again, of `known` that were there before it."""

    comic_ids: Sequence[int]
    known: int
    found: int
    elsewhere: Collection[int] = ()  # of the comics; a new file has the size and time stamp of each

    @property
    def without_trace(self) -> list[int]:
        """The comics that are not elsewhere now, as far as can be told: those to ask about."""
        elsewhere = set(self.elsewhere)
        return [one for one in self.comic_ids if one not in elsewhere]

    def doubt(self, *, another_disk: bool, confirmed: set[int]) -> HeldReason | None:
        """Why this looks more like a disk that is not there than like comics that are gone.

        A person's word holds for the comics that were shown to be gone, and for no others.
        """
        beyond = len(set(self.without_trace) - confirmed)
        if not beyond:
            return None
        if not self.found:
            return HeldReason.ROOT_EMPTY
        if another_disk and not confirmed:
            return HeldReason.ANOTHER_DISK
        if beyond / max(self.known, 1) > settings().missing_share:
            return HeldReason.MANY_GONE
        return None

    def question(self, reason: HeldReason, root: str) -> str:
        """What the person is asked."""
        gone = f"{len(self.without_trace):,} of {self.known:,} comics are gone from {root}."
        asked = {
            HeldReason.ROOT_EMPTY: "Not one is left there. Is the disk mounted?",
            HeldReason.ANOTHER_DISK: "Another disk is there now. Is it the right one?",
            HeldReason.MANY_GONE: "Is the disk connected, and the right one?",
        }
        return f"{gone} {asked[reason]} Nothing was marked missing."


def root_unreadable(claimed: Shard, reason: str, known: int) -> None:
    """End the shard of a library whose root cannot be listed; nothing is marked."""
    root = display(claimed.root)
    if known:
        question = (
            f"{root} cannot be looked at: {reason} Is the disk connected? "
            "Nothing was marked missing."
        )
        with reading() as connection:
            everything = folders.all_present_ids(connection, claimed.claim.library_id)
        _ask(claimed, HeldReason.ROOT_UNREADABLE, question, everything)
        return
    with claimed.transaction() as connection:
        shards.fail(connection, claimed.claim, f"{root} cannot be looked at: {reason}")


def settle(
    claimed: Shard,
    loss: Loss,
    known_device: int | None,
    errors_of_the_gone: Sequence[int],
    *,
    is_whole: bool,
) -> None:
    """Mark what is gone, or ask first; then end the shard.

    `known_device` is the root's device at the last scan that found all well, if there was one; only
    a walk over the whole library tells that of another. What was wrong with folders that are gone
    is so no longer, unless they may come back.
    """
    claim = claimed.claim
    device = os.stat(claimed.root).st_dev
    another_disk = known_device not in (None, device)
    with reading() as connection:
        confirmed = held.confirmed(connection, claim.job_id)
    if reason := loss.doubt(another_disk=another_disk, confirmed=confirmed):
        _ask(claimed, reason, loss.question(reason, display(claimed.root)), loss.without_trace)
        return
    for start in range(0, len(loss.comic_ids), BATCH):
        with claimed.transaction() as connection:
            gone = loss.comic_ids[start : start + BATCH]
            folders.mark_missing(connection, claim.job_id, gone)
    _forget(claimed)
    with claimed.transaction() as connection:
        held.take_back(connection, claim.job_id)
        errors.resolve(connection, errors_of_the_gone)
        if is_whole and (another_disk or known_device is None):
            folders.remember_root(connection, claim.library_id, device)
        # What was walked now may lie in what was walked before.
        found = loss.found if is_whole else job_folders.comics_known(connection, claim.job_id)
        shards.tell(
            connection, claim, b"", discover_total=found, discover_done=found, comics_found=found
        )
    moves.finish(claimed)


def of(job_id: int, lost: list[int], gone_folders: list[int], known: int, found: int) -> Loss:
    """The loss of a walk: comics gone from folders that were listed, and all of folders gone."""
    ids = list(lost)
    with reading() as connection:
        for start in range(0, len(gone_folders), BATCH):
            ids += folders.present_ids(connection, gone_folders[start : start + BATCH])
        elsewhere = known_moves.turned_up(connection, job_id, set(ids)) if ids else ()
    return Loss(ids, known, found, elsewhere)


def _forget(claimed: Shard) -> None:
    """Forget what the job wrote down before."""
    left = True
    while left:
        with claimed.transaction() as connection:
            left = held.forget_some(connection, claimed.claim.job_id)


def _ask(claimed: Shard, reason: HeldReason, question: str, comic_ids: Sequence[int]) -> None:
    """Write down what would go missing, and hold the job."""
    job_id = claimed.claim.job_id
    with claimed.transaction() as connection:  # before anything else: an older word ends here
        held.take_back(connection, job_id)
    _forget(claimed)
    for start in range(0, len(comic_ids), WRITTEN_DOWN):
        with claimed.transaction() as connection:
            held.record(connection, job_id, comic_ids[start : start + WRITTEN_DOWN])
    with claimed.transaction() as connection:
        shards.hold_job(connection, claimed.claim, reason, question, len(comic_ids))
