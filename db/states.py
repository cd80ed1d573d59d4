"""The closed lists that the tables speak in, and the shape of the job's state machine.

A value here is the word in the database, in the API, on the page and on the command line.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Phase(StrEnum):
    """The phases of a scan in their order; each is the name of its program in `stages`."""

    DISCOVER = "discover"
    INDEX = "index"
    THUMBNAIL = "thumbnail"


class JobStatus(StrEnum):
    """Where a scan stands."""

    QUEUED = "queued"  # asked for; no stage has begun
    RUNNING = "running"  # a phase is under way
    PAUSED = "paused"  # by a person or by quiet hours; goes on where it was
    HELD = "held"  # would mark too much missing; waits for a person's word, or for the files
    COMPLETED = "completed"  # every phase is done; single files may have failed
    FAILED = "failed"  # a phase could not be finished; `retry` opens it again
    CANCELLED = "cancelled"  # ended by a person; what was done stays

    @property
    def active(self) -> bool:
        """Whether the job still has its library to itself."""
        return self in ACTIVE

    @property
    def goes_on(self) -> bool:
        """Whether the job goes on by itself; one that is paused or held waits for a person."""
        return self in MOVING


MOVING = frozenset({JobStatus.QUEUED, JobStatus.RUNNING})
ACTIVE = MOVING | {JobStatus.PAUSED, JobStatus.HELD}


class Verb(StrEnum):
    """What can be done to a job: by its stages, by people, and by the clock."""

    BEGIN = "begin"  # a stage takes its first shard
    COMPLETE = "complete"  # its last phase is over
    FAIL = "fail"  # a phase cannot be finished
    HOLD = "hold"  # discover asks
    PAUSE = "pause"
    RESUME = "resume"
    CONFIRM = "confirm"
    LOOK_AGAIN = "look again"
    DISCARD = "discard"
    CANCEL = "cancel"
    RETRY = "retry"
    ADD = "add"  # a folder, or the whole library, that is to be scanned as well
    RANK = "rank"  # before or behind other jobs
    DELETE = "delete"


def _same(*statuses: JobStatus) -> dict[JobStatus, frozenset[JobStatus]]:
    return {one: frozenset({one}) for one in statuses}


def _to(target: JobStatus, *sources: JobStatus) -> dict[JobStatus, frozenset[JobStatus]]:
    return {one: frozenset({target}) for one in sources}


_AT_WORK = (JobStatus.RUNNING, JobStatus.PAUSED)  # a stage may still end as the pause begins
_ENDED = (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)

# What each verb makes of a job in each status; where nothing stands it is refused. A paused job is
# resumed to where it was: queued, if no stage had begun. ARCHITECTURE.md shows this as a table.
MOVES: dict[Verb, dict[JobStatus, frozenset[JobStatus]]] = {
    Verb.BEGIN: _to(JobStatus.RUNNING, JobStatus.QUEUED, JobStatus.RUNNING),
    Verb.COMPLETE: _to(JobStatus.COMPLETED, *_AT_WORK),
    Verb.FAIL: _to(JobStatus.FAILED, *_AT_WORK),
    Verb.HOLD: _to(JobStatus.HELD, *_AT_WORK),
    Verb.PAUSE: _to(JobStatus.PAUSED, JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.PAUSED),
    Verb.RESUME: {
        JobStatus.PAUSED: frozenset({JobStatus.QUEUED, JobStatus.RUNNING}),
        JobStatus.HELD: frozenset({JobStatus.RUNNING}),
    },
    Verb.CONFIRM: _to(JobStatus.RUNNING, JobStatus.HELD),
    Verb.LOOK_AGAIN: _to(JobStatus.RUNNING, JobStatus.HELD),
    Verb.DISCARD: _to(JobStatus.CANCELLED, JobStatus.HELD),
    Verb.CANCEL: _to(JobStatus.CANCELLED, *ACTIVE),
    Verb.RETRY: _to(JobStatus.RUNNING, *_ENDED),
    Verb.ADD: _same(*ACTIVE),
    Verb.RANK: _same(*ACTIVE),
    Verb.DELETE: dict.fromkeys(_ENDED, frozenset()),
}

TRANSITIONS: dict[JobStatus, frozenset[JobStatus]] = {
    status: frozenset().union(*(moves.get(status, ()) for moves in MOVES.values())) - {status}
    for status in JobStatus
}


class PauseReason(StrEnum):
    """Why a job is paused."""

    PERSON = "person"  # until a person lets it go on
    QUIET_HOURS = "quiet_hours"  # until they are over, or a person lets it go on


class Priority(IntEnum):
    """Which of several jobs goes first; within one, what is sooner on screen does."""

    LOW = -1
    NORMAL = 0
    HIGH = 1

    @property
    def word(self) -> str:
        return self.name.lower()


class HeldReason(StrEnum):
    """Why a scan asks before it marks comics missing."""

    ROOT_UNREADABLE = "root_unreadable"  # the library's root is gone, or cannot be listed
    ROOT_EMPTY = "root_empty"  # it has not one comic where there were some
    ANOTHER_DISK = "another_disk"  # another file system is where it was
    MANY_GONE = "many_gone"  # more of the comics than the set share

    @property
    def can_be_confirmed(self) -> bool:
        """Whether a person's word is enough; what cannot be looked at is only held again."""
        return self is not HeldReason.ROOT_UNREADABLE


class ShardStatus(StrEnum):
    """Where a slice of a phase stands."""

    QUEUED = "queued"  # anyone may claim it
    RUNNING = "running"  # held by the process that knows its fence
    DONE = "done"
    FAILED = "failed"  # its strikes are used up; its job failed with it
    CANCELLED = "cancelled"


class Exit(IntEnum):
    """How a stage leaves; killed by a signal, it is recorded as such."""

    DONE = 0  # the shard is done
    FAILED = 1  # the reason stands in the shard's row
    STOPPED = 75  # asked to stop, or its shard was taken away: queue it again


class ScanKind(StrEnum):
    """How much a scan looks at."""

    QUICK = "quick"  # folders whose time stamp changed
    FULL = "full"  # every file; files that failed are tried again
    METADATA = "metadata"  # folders likewise; comics are opened again, and no cover drawn
    COVERS = "covers"  # no folder and no comic, but for its cover


class ComicState(StrEnum):
    """Whether a comic's file is on the disk."""

    PRESENT = "present"
    MISSING = "missing"  # gone from the disk; everything known of it is kept


class WorkState(StrEnum):
    """What a stage has made of a comic's present version."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"  # a cover that made room for others; drawn again when it is looked at


class ArtworkRole(StrEnum):
    """What a picture beside comics is by its name; those that may be covers come first, in the
    order in which they are preferred."""

    COVER = "cover"
    FOLDER = "folder"
    POSTER = "poster"
    THUMB = "thumb"
    BANNER = "banner"
    BACKDROP = "backdrop"
    LOGO = "logo"


COVER_ROLES = (ArtworkRole.COVER, ArtworkRole.FOLDER, ArtworkRole.POSTER, ArtworkRole.THUMB)


class ErrorClass(StrEnum):
    """What can be wrong with one file or folder."""

    UNSUPPORTED = "unsupported"
    ENCRYPTED = "encrypted"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    EMPTY = "empty"
    NO_PAGES = "no_pages"
    TOO_LARGE = "too_large"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    DENIED = "denied"
    UNREADABLE = "unreadable"
    VANISHED = "vanished"
    CHANGING = "changing"
    METADATA_INVALID = "metadata_invalid"
    LINK_LOOP = "link_loop"
    BROKEN_LINK = "broken_link"
    INTERNAL = "internal"


class Change(StrEnum):
    """What a scan can do to a comic."""

    NEW = "new"  # told by the comic itself, which knows the job that added it
    UPDATED = "updated"  # its file has changed
    MOVED = "moved"  # its file is elsewhere, or has another name
    MISSING = "missing"
    BACK = "back"
    AMBIGUOUS = "ambiguous"  # it is missing, and files with its pages cannot be told apart


class DuplicateKind(StrEnum):
    """In what comics that are in the library more than once are the same."""

    CONTENT = "content"  # everything in their files
    PAGES = "pages"  # the pages; metadata differ
    ISSUE = "issue"  # what they say they are; the pages differ


class WatchMode(StrEnum):
    """How a library is watched for changes."""

    EVENTS = "events"  # the system tells
    POLLING = "polling"  # its folders are looked at now and then
    WAITING = "waiting"  # its folder cannot be looked at; it is tried again
