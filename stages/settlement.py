"""The settlement of moves: comics that are gone, and those whose content turned up elsewhere.

Discover knows files by their places: what is gone becomes missing, what is new gets a row. When
all is indexed, the last stage at work settles which of the two are one. A comic is its content
(the fingerprint of its pages), so the row that it has, with all that hangs on it, goes to where
its content is.

A comic has lost its place when it is missing, or when its place holds other content than before. A
file is unclaimed when it is new, or new in its place. Who has lost its place takes the unclaimed
file with its content. Where several have the same, a ladder decides; each of its rungs counts only
where it tells one comic and one file apart from all the others:

1. the same size and time stamp: the file itself was moved;
2. the longest common end of both paths: the same file name, in a folder of the same name …;
3. the same content down to the metadata.

What is left is refused and told; those comics stay as they are. Files that change hands make
chains, and circles where names were swapped. A comic whose place was taken and whose content is
nowhere is missing from then on; unless it is one that somebody reads, and nobody reads the one
that came: then it is the same comic with other content, and the other stays missing.

All of it is found by queries and written in transactions that are whole in themselves, so whoever
comes after a stage that died in the middle goes on from there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from sqlalchemy import Connection

from db import cover_files, exchanges, moves, series_moves, shards
from db.engine import reading
from db.exchanges import Exchange
from db.moves import Known, Refusal
from db.paths import display
from db.series_moves import Followed
from stages.shard import Shard

BATCH = 120  # rows whose files change hands in one transaction, which takes about 50 ms
TOLD = 1_000  # refusals written in one
SERIES = 200  # of which those without comics are forgotten in one
SHOWN = 3  # places named in a sentence

Key = Callable[[Known], Hashable]


@dataclass(frozen=True, slots=True)
class Plan:
    """Who takes whose file, and who is refused one, of comics as they were `seen`."""

    seen: Mapping[int, Known]
    exchanges: Sequence[Exchange]
    refusals: Sequence[Refusal]


def settle(held: Shard) -> None:
    """Settle what has moved, comics first, then the series that follow them."""
    _settle_comics(held)
    _settle_series(held)


def _settle_comics(held: Shard) -> None:
    claim = held.claim
    with reading() as connection:
        plan = _plan(connection, claim.library_id)
    for batch in _batches(plan.exchanges):
        with_cover = {comic for one in batch for comic in _keep_covers(one, plan.seen)}
        with held.transaction() as connection:
            exchanges.carry_out(connection, claim, batch, plan.seen, with_cover)
            shards.hold(connection, claim, strikes=0)  # this was progress
        held.stop_if_asked()
    for start in range(0, len(plan.refusals), TOLD):
        with held.transaction() as connection:
            moves.refuse(connection, claim.job_id, plan.refusals[start : start + TOLD])


def _settle_series(held: Shard) -> None:
    claim = held.claim
    with reading() as connection:
        followed = series_moves.followed(connection, claim)
    steps = _steps(followed)
    for chain in _chains(steps):
        with held.transaction() as connection:
            series_moves.follow(connection, {one: steps[one] for one in chain if one in steps})
        held.stop_if_asked()
    involved = sorted(followed.involved)
    for start in range(0, len(involved), SERIES):
        with held.transaction() as connection:
            some = involved[start : start + SERIES]
            empty = series_moves.without_comics(connection, some)
            series_moves.forget(connection, empty)
    with held.transaction() as connection:
        series_moves.all_have_followed(connection, claim.job_id)


# ---- which comic is which file


def _plan(connection: Connection, library_id: int) -> Plan:
    lost = moves.lost(connection, library_id)
    files = moves.unclaimed(connection, library_id) if lost else {}
    shared = set(lost.values()) & set(files.values())
    ids = {one for found in (lost, files) for one, content in found.items() if content in shared}
    seen = moves.known(connection, ids)
    # Copies in other libraries may be older than this scan; those that people read stay.
    taken = moves.somebodys(
        connection,
        [one for one in ids & files.keys() if seen[one].library_id != library_id],
    )
    groups: dict[bytes, tuple[list[Known], list[Known]]] = {one: ([], []) for one in shared}
    for one in sorted(ids):
        if lost.get(one) in shared:
            groups[lost[one]][0].append(seen[one].as_it_was)
        if files.get(one) in shared and one not in taken:
            groups[files[one]][1].append(seen[one])
    edges: dict[int, int] = {}
    refusals: list[Refusal] = []
    for comics, places in groups.values():
        pairs = pair(comics, places)
        edges |= pairs
        refusals += _refusals(
            [one for one in comics if one.id not in pairs],
            [one for one in places if one.id not in pairs.values()],
        )
    chains = list(_chains(edges))
    displacing = {one for chain in chains if seen[chain[-1]].before for one in chain}
    read = moves.somebodys(connection, displacing)
    found = [_exchange(_cut(chain, edges, seen, read), edges, seen) for chain in chains]
    return Plan(seen, [one for one in found if one is not None], refusals)


def pair(comics: Sequence[Known], files: Sequence[Known]) -> dict[int, int]:
    """Which comic is which file, of those with the same pages, as far as that can be told."""
    pairs: dict[int, int] = {}
    for key in _ladder(comics, files):
        by_comic, by_file = _by_key(comics, key), _by_key(files, key)
        for value in by_comic.keys() & by_file.keys():
            if len(by_comic[value]) == len(by_file[value]) == 1:
                pairs[by_comic[value][0].id] = by_file[value][0].id
        comics = [one for one in comics if one.id not in pairs]
        files = [one for one in files if one.id not in pairs.values()]
    return pairs


def _ladder(comics: Sequence[Known], files: Sequence[Known]) -> Iterator[Key]:
    yield _alone
    yield lambda one: (one.size, one.mtime_ns)
    longest = max((one.path.count(b"/") for one in (*comics, *files)), default=0) + 1
    for length in range(longest, 0, -1):
        yield partial(_end, length)
    yield lambda one: one.full_fingerprint
    yield _alone


def _alone(_one: Known) -> Hashable:
    """For all the same: who is the only one of its kind is told apart."""
    return True


def _end(length: int, one: Known) -> Hashable:
    """So many last parts of the path; None when it has fewer."""
    parts = one.path.split(b"/")
    return tuple(parts[-length:]) if len(parts) >= length else None


def _by_key(rows: Sequence[Known], key: Key) -> dict[Hashable, list[Known]]:
    found: dict[Hashable, list[Known]] = defaultdict(list)
    for one in rows:
        if (value := key(one)) is not None:
            found[value].append(one)
    return found


def _refusals(comics: Sequence[Known], files: Sequence[Known]) -> list[Refusal]:
    if not comics or not files:
        return []
    places = [f"“{display(one.path)}”" for one in files[:SHOWN]]
    if len(files) > SHOWN:
        places.append(f"{len(files) - SHOWN:,} more")
    where = " and ".join([", ".join(places[:-1]), places[-1]] if places[1:] else places)
    if len(comics) == 1:
        why = f"Its pages turned up in {len(files):,} files, and nothing tells which it became"
    else:
        why = f"{len(comics):,} comics that are gone had the same pages; nothing tells which is now"
    return [Refusal(one.id, f"{why}: {where}.") for one in comics]


# ---- chains and circles


def _chains(edges: Mapping[int, int]) -> Iterator[list[int]]:
    """Where edges lead one after the other; the last of a circle leads back to its first."""
    left = dict(edges)
    for first in sorted(edges.keys() - set(edges.values())) + sorted(edges):
        if first in left:
            chain = [first]
            while chain[-1] in left:
                chain.append(left.pop(chain[-1]))
            yield chain[:-1] if chain[-1] == first else chain


def _cut(
    chain: list[int], edges: Mapping[int, int], seen: Mapping[int, Known], read: Collection[int]
) -> list[int]:
    """The chain without an end at which a comic that somebody reads would make room for another
    that nobody does."""
    while len(chain) > 1 and chain[-1] not in edges and seen[chain[-1]].before:
        if chain[-1] not in read or chain[-2] in read:
            break
        chain = chain[:-1]
        edges = {one: edges[one] for one in chain[:-1]}
    return chain


def _exchange(
    chain: list[int], edges: Mapping[int, int], seen: Mapping[int, Known]
) -> Exchange | None:
    start, end = seen[chain[0]], seen[chain[-1]]
    if edges.get(end.id) == start.id:
        return Exchange({one: edges[one] for one in chain}, chain)
    takes, moved = dict(pairwise(chain)), chain[:-1]
    if not takes:
        return None
    newcomer = None if end.before else end.id
    displaced = end.id if end.before else None
    if start.missing:
        return Exchange(takes, moved, newcomer, displaced)
    if newcomer is None:  # what is in the first one's place now is nobody's
        return Exchange(takes, moved, None, displaced, orphan=start.id)
    return Exchange({**takes, newcomer: start.id}, moved, newcomer)


def _batches(found: Sequence[Exchange]) -> Iterator[list[Exchange]]:
    batch: list[Exchange] = []
    rows = 0
    for one in found:
        batch.append(one)
        rows += len(one.ids)
        if rows >= BATCH:
            yield batch
            batch, rows = [], 0
    if batch:
        yield batch


def _keep_covers(one: Exchange, seen: Mapping[int, Known]) -> Iterator[int]:
    """Give covers the names that they need where their pages are now; yields whose are there."""
    for comic_id, source in one.takes.items():
        comic, file = seen[comic_id], seen[source]
        before = [(source, file.version)]
        if comic.missing and comic.cover_page == file.cover_page:
            before.append((comic_id, comic.version))
        if cover_files.rename(before, comic_id, file.version):
            yield comic_id


# ---- which series is which folder's


def _steps(followed: Followed) -> dict[int, int]:
    """Which series takes whose folder."""
    most = _most(followed.votes)
    leaving = {left: joined for left, joined in most.items() if left not in followed.stayed}
    first = _most({(new, old): followed.votes[old, new] for old, new in leaving.items()})
    steps = {old: new for new, old in first.items()}
    while shut := {old for old, new in steps.items() if new in followed.settled - steps.keys()}:
        steps = {old: new for old, new in steps.items() if old not in shut}
    return steps


def _most(votes: Mapping[tuple[int, int], int]) -> dict[int, int]:
    """For each of the first ones, the second one with the most votes; none where two have them."""
    by_first: dict[int, Counter[int]] = defaultdict(Counter)
    for (first, second), many in votes.items():
        by_first[first][second] += many
    found = {}
    for first, counted in by_first.items():
        (winner, most), *others = counted.most_common(2)
        if not others or others[0][1] < most:
            found[first] = winner
    return found
