"""The tables, as SQLAlchemy Core sees them; `db/migrations` makes them.

Moments are epoch seconds (UTC). Paths are bytes, because file names are: a library's is absolute,
a folder's is relative to its library (`b""` is the root) and a comic has its file's own name. The
closed lists that the text columns speak in are in `db/states.py`; the full-text tables, which are
the dialect's own, in `db/dialect.py`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from db.states import ComicState, JobStatus, Phase, ShardStatus, WorkState

SCHEMA_VERSION = "0005"  # the newest migration, which `longbox init` brings a database to

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts only an INTEGER key up by itself; elsewhere ids may outgrow 32 bits.
Id = BigInteger().with_variant(Integer, "sqlite")


def _id() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def _to(table: str, *, delete: str = "CASCADE") -> ForeignKey:
    return ForeignKey(f"{table}.id", ondelete=delete)


def _where(condition: str) -> dict[str, Any]:
    """The condition of a partial index.

    That of another engine's index is said where its tables are made: to name an engine here loads
    its dialect into every process, which takes 30 ms.
    """
    return {"sqlite_where": text(condition)}


settings = Table(
    "settings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

users = Table(
    "users",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False, unique=True),  # the name without regard to case
    Column("password_hash", Text, nullable=False),
    Column("is_admin", Boolean, nullable=False),
    Column("disabled_at", Float),
    Column("created_at", Float, nullable=False),
    Column("last_seen_at", Float),
    Column("notice_seen_id", Id, nullable=False, server_default="0"),  # the newest waved away
)

sessions = Table(
    "sessions",
    metadata,
    _id(),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("user_id", Id, _to("users"), nullable=False, index=True),
    Column("agent", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("seen_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False, index=True),
)

api_tokens = Table(  # by which programs ask for what an admin may
    "api_tokens",
    metadata,
    _id(),
    Column("user_id", Id, _to("users"), nullable=False),
    Column("name", Text, nullable=False),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("created_at", Float, nullable=False),
    Column("last_used_at", Float),
    UniqueConstraint("user_id", "name"),
)

setup_links = Table(
    "setup_links",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("expires_at", Float, nullable=False),
)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("who", Text, primary_key=True),  # a user's name, or an address
    Column("count", Integer, nullable=False),
    Column("blocked_until", Float, nullable=False),
    Column("last_at", Float, nullable=False),
)

libraries = Table(
    "libraries",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("path", LargeBinary, nullable=False, unique=True),
    Column("ignore_patterns", Text, nullable=False, server_default=""),  # one glob a line
    Column("loose_folders", Boolean, nullable=False, server_default=false()),  # are comics, too
    Column("scan_options", Text, nullable=False, server_default="{}"),  # of its scans; JSON
    Column("root_device", BigInteger),  # st_dev of the root at the last scan that found all well
    Column("stamps_doubt", Text),  # why folders' time stamps are not relied on; a sentence
    Column("quiet_hours", Text),  # "22:00-07:00", or "never"; null when they are those of all
    Column("watch", Boolean, nullable=False, server_default=false()),  # for new files
    Column("watch_mode", Text),  # how the worker does that, and why not at once
    Column("watch_reason", Text),
    # a comic with a higher id is new, and may be one that was known elsewhere
    Column("settled_comic_id", Id, nullable=False, server_default="0"),
    Column("created_at", Float, nullable=False),
    Column("removed_at", Float),  # by a person; the worker forgets what is known of it, bit by bit
)

schedules = Table(  # the scans that begin by the clock, one of a kind for each library
    "schedules",
    metadata,
    Column("library_id", Id, _to("libraries"), primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("rule", Text, nullable=False),  # "daily 03:00", or five fields as cron has them
    Column("next_at", Float, nullable=False, index=True),
    sqlite_with_rowid=False,
)

folders = Table(
    "folders",
    metadata,
    _id(),
    Column("library_id", Id, _to("libraries"), nullable=False),
    Column("path", LargeBinary, nullable=False),
    Column("mtime_ns", BigInteger),  # as listed; null when a quick scan must list it again
    UniqueConstraint("library_id", "path"),
)

series = Table(
    "series",
    metadata,
    _id(),
    Column("library_id", Id, _to("libraries"), nullable=False),
    Column("folder_id", Id, _to("folders"), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("sort_name", Text, nullable=False),
    Column("category", Text, nullable=False, server_default=""),
    Column("subcategory", Text, nullable=False, server_default=""),
    Column("comic_count", Integer, nullable=False, server_default="0"),  # those present
    Column("cover_comic_id", Id),  # no foreign key: the two tables would need each other first
    Column("cover_artwork_id", Id),  # the picture in the place of that comic's cover
    Column("cover_chosen", Boolean, nullable=False, server_default=false()),  # by a person
    Column("added_at", Float, nullable=False),
    # what a series.json beside the comics says
    Column("publisher", Text),
    Column("imprint", Text),
    Column("year", Integer),  # or as the folder's name has it
    Column("sort_year", Integer, nullable=False, server_default="0"),  # 0 where there is none
    Column("status", Text),
    Column("description", Text),
    Column("booktype", Text),
    Column("comicvine_id", Text),
    Column("total_issues", Integer),
    Column("year_from_name", Boolean, nullable=False, server_default=false()),  # the folder's
)

# The wall pages through the series of one library, of one category or of all, in each of its
# orders; every page is read from an index.
for _filter in ((), ("library_id",), ("category",)):
    for _order in (("sort_name",), ("comic_count",), ("sort_year",), ()):
        if _filter or _order:
            _columns = (*_filter, *_order, "id")
            Index(f"ix_series_{'_'.join(_columns)}", *(series.c[name] for name in _columns))
Index(
    "ix_series_subcategory",
    series.c.category,
    series.c.subcategory,
    series.c.sort_name,
    series.c.id,
)

Index(
    "ix_series_cover_artwork_id",
    series.c.cover_artwork_id,
    **_where("cover_artwork_id IS NOT NULL"),
)

comics = Table(
    "comics",
    metadata,
    _id(),
    Column("library_id", Id, _to("libraries"), nullable=False),
    Column("folder_id", Id, _to("folders"), nullable=False),
    Column("series_id", Id, _to("series"), nullable=False, index=True),
    Column("file_name", LargeBinary, nullable=False),
    Column("sort_key", Text, nullable=False),  # the natural order of the file's name
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),  # another for every other content
    Column("state", Text, nullable=False, server_default=ComicState.PRESENT),
    Column("missing_since", Float),
    Column("added_job_id", Id, nullable=False),
    Column("changed_job_id", Id, nullable=False),
    Column("added_at", Float, nullable=False),
    # what the index stage reads
    Column("index_state", Text, nullable=False, server_default=WorkState.PENDING),
    Column("container", Text),
    Column("page_count", Integer),
    Column("cover_page", Integer, nullable=False, server_default="0"),
    Column("cover_artwork_id", Id),  # the picture in the place of that page
    Column("cover_chosen", Boolean, nullable=False, server_default=false()),  # by a person
    Column("fingerprint", LargeBinary),  # of the pages: what makes it the same comic elsewhere
    Column("full_fingerprint", LargeBinary),  # of everything in the file, metadata too
    Column("checked_version", BigInteger),  # of which every page was read, and is whole
    # the content that was here before, until it is known where that went; b"" where that is
    # not known of a comic that could not be read when it was new
    Column("previous_fingerprint", LargeBinary),
    Column("sources", Text),  # which metadata each field comes from
    Column("title", Text),
    Column("series_title", Text),
    Column("number", Text),
    Column("sort_number", Float),
    Column("issue_count", Integer),
    Column("volume", Integer),
    Column("alternate_series", Text),
    Column("alternate_number", Text),
    Column("alternate_count", Integer),
    Column("summary", Text),
    Column("notes", Text),
    Column("review", Text),
    Column("release_date", Text),  # YYYY, YYYY-MM or YYYY-MM-DD
    Column("store_date", Text),  # likewise: when it was on sale, which may be before
    Column("publisher_id", Id, _to("publishers", delete="SET NULL")),
    Column("imprint_id", Id, _to("publishers", delete="SET NULL")),
    Column("web", Text),  # addresses, a space between them
    Column("language", Text),
    Column("format", Text),
    Column("age_rating", Text),
    Column("community_rating", Float),
    Column("black_and_white", Boolean),
    Column("manga", Boolean),
    Column("right_to_left", Boolean, nullable=False, server_default=false()),
    Column("scan_information", Text),
    Column("series_groups", Text),
    Column("main_character_or_team", Text),
    Column("gtin", Text),
    Column("external_ids", Text),  # as "metron:12 comicvine:34"
    Column("prices", Text),  # as "US:3.99 GB:2.50"
    # what the thumbnail stage or the covers process made; the file itself is the truth
    Column("thumbnail_state", Text, nullable=False, server_default=WorkState.PENDING),
    UniqueConstraint("folder_id", "file_name"),
    Index(
        "ix_comics_to_index",
        "library_id",
        "id",
        **_where(f"index_state = '{WorkState.PENDING}'"),
    ),
    Index(
        "ix_comics_release_date_id",
        "release_date",
        "id",
        **_where("release_date IS NOT NULL"),
    ),
    Index("ix_comics_added_job_id_id", "added_job_id", "id"),
    Index(
        "ix_comics_cover_artwork_id",
        "cover_artwork_id",
        **_where("cover_artwork_id IS NOT NULL"),
    ),
    Index(
        "ix_comics_unsettled",
        "library_id",
        "id",
        **_where("previous_fingerprint IS NOT NULL"),
    ),
    Index(
        "ix_comics_missing",
        "library_id",
        "id",
        **_where(f"state = '{ComicState.MISSING}'"),
    ),
    Index(  # the trash reads what it says of a series from here alone
        "ix_comics_trash",
        "series_id",
        "sort_key",
        "id",
        "missing_since",
        "size",
        **_where(f"state = '{ComicState.MISSING}'"),
    ),
    sqlite_autoincrement=True,  # an id is never given twice: covers and reading data hang on it
)

comic_pages = Table(
    "comic_pages",
    metadata,
    Column("comic_id", Id, _to("comics"), primary_key=True, autoincrement=False),
    Column("sums", LargeBinary, nullable=False),  # 8 bytes a page: its CRC-32 and its size
)

artwork = Table(  # a picture in the place of a cover, once however many folders hold it
    "artwork",
    metadata,
    _id(),
    Column("sha256", Text, nullable=False, unique=True),  # of its content, in hexadecimal
    Column("media_type", Text, nullable=False),  # this and what follows: of what is kept of it
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("added_at", Float, nullable=False),
    sqlite_autoincrement=True,  # an id is never given twice: its address is kept for ever
)

artwork_files = Table(
    "artwork_files",
    metadata,
    _id(),
    Column("library_id", Id, _to("libraries"), nullable=False, index=True),
    Column("folder_id", Id, _to("folders"), nullable=False),
    Column("file_name", LargeBinary, nullable=False),
    Column("role", Text, nullable=False),  # an ArtworkRole: what its name says it is
    Column("comic_id", Id, _to("comics"), index=True),  # where its name is a comic's
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("state", Text, nullable=False, server_default=WorkState.PENDING),
    Column("artwork_id", Id, _to("artwork", delete="SET NULL"), index=True),
    UniqueConstraint("folder_id", "file_name"),
    Index(
        "ix_artwork_files_to_keep",
        "library_id",
        "id",
        **_where(f"state = '{WorkState.PENDING}'"),
    ),
)

publishers = Table(
    "publishers",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
)

people = Table(
    "people",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
)

comic_credits = Table(
    "comic_credits",
    metadata,
    Column("comic_id", Id, _to("comics"), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("person_id", Id, _to("people"), primary_key=True),
    Column("position", Integer, nullable=False),
    sqlite_with_rowid=False,
)

tags = Table(
    "tags",
    metadata,
    _id(),
    Column("kind", Text, nullable=False),  # genre, tag, character, team, location, story_arc
    Column("name", Text, nullable=False),
    UniqueConstraint("kind", "name"),
)

comic_tags = Table(
    "comic_tags",
    metadata,
    Column("comic_id", Id, _to("comics"), primary_key=True),
    Column("tag_id", Id, _to("tags"), primary_key=True),
    Column("number", Text),  # the comic's place in a story arc
    sqlite_with_rowid=False,
)


def _phase_columns() -> list[Column[Any]]:
    return [
        column
        for phase in Phase
        for column in (
            Column(f"{phase}_total", Integer, nullable=False, server_default="0"),
            Column(f"{phase}_done", Integer, nullable=False, server_default="0"),
            Column(f"{phase}_failed", Integer, nullable=False, server_default="0"),
            Column(f"{phase}_started_at", Float),
            Column(f"{phase}_completed_at", Float),
        )
    ]


def _counter(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default="0")


scan_jobs = Table(
    "scan_jobs",
    metadata,
    _id(),
    Column("library_id", Id, _to("libraries"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("options", Text, nullable=False, server_default="{}"),  # JSON
    Column("status", Text, nullable=False),
    Column("phase", Text, nullable=False),
    *_phase_columns(),
    _counter("folders_found"),
    _counter("folders_ignored"),
    _counter("comics_found"),
    _counter("comics_ignored"),
    _counter("comics_new"),
    _counter("comics_updated"),
    _counter("comics_moved"),
    _counter("comics_missing"),
    _counter("comics_back"),
    _counter("errors_count"),
    Column("last_error", Text),
    Column("held_reason", Text),  # while it is held; what would go missing is in job_losses
    _counter("held_comics"),
    Column("pause_reason", Text),  # while it is paused
    Column("paused_at", Float),  # the last time
    Column("resumed_at", Float),  # the last time that a person did
    Column("priority", Integer, nullable=False, server_default="0"),  # the highest goes first
    Column("current_operation", Text),
    Column("requested_by", Text),
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("updated_at", Float, nullable=False),
    Column("completed_at", Float),
    Index(
        "uq_scan_jobs_one_per_library",
        "library_id",
        unique=True,
        **_where(
            f"status IN ('{JobStatus.QUEUED}', '{JobStatus.RUNNING}', "
            f"'{JobStatus.PAUSED}', '{JobStatus.HELD}')"
        ),
    ),
    sqlite_autoincrement=True,  # comics name the job that added them, also when it is deleted
)

scan_profiles = Table(  # options for scans under a name
    "scan_profiles",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("options", Text, nullable=False),  # JSON
)

job_folders = Table(  # what discover is to walk; a job without rows walks the whole library
    "job_folders",
    metadata,
    Column("job_id", Id, _to("scan_jobs"), primary_key=True, autoincrement=False),
    Column("path", LargeBinary, primary_key=True),  # below the library; b"" is all of it
    Column("shard_id", Id),  # of the discovery that has it in hand
    Column("walked_at", Float),
    Column("requested_by", Text),
    Column("requested_at", Float, nullable=False),
    sqlite_with_rowid=False,
)

shards = Table(
    "shards",
    metadata,
    _id(),
    Column("job_id", Id, _to("scan_jobs"), nullable=False),
    Column("phase", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("first_id", BigInteger),  # the slice of comic ids, both ends included
    Column("last_id", BigInteger),
    Column("status", Text, nullable=False, server_default=ShardStatus.QUEUED),
    Column("fence", Text),  # known to the one process that may write for this shard
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("strikes", Integer, nullable=False, server_default="0"),  # deaths without progress
    Column("suspect", LargeBinary),  # the path that was open when a stage died
    Column("worker", Text),
    Column("host", Text),
    Column("pid", Integer),
    Column("heartbeat_at", Float),
    _counter("total"),
    _counter("done"),
    _counter("failed"),
    Column("exit_code", Integer),
    Column("message", Text),
    Column("started_at", Float),
    Column("completed_at", Float),
    UniqueConstraint("job_id", "phase", "number"),
    Index(
        "ix_shards_open",
        "status",
        **_where(f"status IN ('{ShardStatus.QUEUED}', '{ShardStatus.RUNNING}')"),
    ),
    sqlite_autoincrement=True,  # files and bells name a shard, also when its job is deleted
)

job_errors = Table(
    "job_errors",
    metadata,
    _id(),
    Column("job_id", Id, _to("scan_jobs"), nullable=False, index=True),
    Column("library_id", Id, _to("libraries"), nullable=False),
    Column("phase", Text, nullable=False),
    Column("comic_id", Id, _to("comics"), index=True),
    Column("path", LargeBinary, nullable=False),  # below the library
    Column("error_class", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="1"),
    Column("first_seen_at", Float, nullable=False),
    Column("last_seen_at", Float, nullable=False),
    Column("resolved_at", Float),
    Index(
        "uq_job_errors_open",
        "library_id",
        "phase",
        "path",
        unique=True,
        **_where("resolved_at IS NULL"),
    ),
)

job_samples = Table(  # how far a phase was, now and then: what rates are made of
    "job_samples",
    metadata,
    Column("job_id", Id, _to("scan_jobs"), primary_key=True, autoincrement=False),
    Column("phase", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("processed", Integer, nullable=False),  # done and failed
    Column("worked", Float, nullable=False),  # seconds of the phase in which somebody was at it
    sqlite_with_rowid=False,
)

job_slowest = Table(  # the files and folders of a phase that took longest
    "job_slowest",
    metadata,
    Column("job_id", Id, _to("scan_jobs"), primary_key=True, autoincrement=False),
    Column("phase", Text, primary_key=True),
    Column("is_folder", Boolean, primary_key=True),
    Column("path", LargeBinary, primary_key=True),  # below the library
    Column("seconds", Float, nullable=False),
    Column("files", Integer, nullable=False),  # that the time went to
    sqlite_with_rowid=False,
)

job_log = Table(  # what happened to a job, and what its stages had to say
    "job_log",
    metadata,
    _id(),
    Column("job_id", Id, _to("scan_jobs"), nullable=False),
    Column("shard_id", Id, _to("shards")),
    Column("phase", Text),
    Column("path", LargeBinary),  # below the library: what was in hand
    Column("at", Float, nullable=False),
    Column("level", Text, nullable=False),  # a LogLevel
    Column("message", Text, nullable=False),
    Index("ix_job_log_job_id_id", "job_id", "id"),
    Index("ix_job_log_shard_id", "shard_id"),
)

notices = Table(  # what everybody who is signed in is told once
    "notices",
    metadata,
    _id(),
    Column("library_id", Id, _to("libraries"), nullable=False, index=True),
    Column("job_id", Id, nullable=False),  # no foreign key: a job may be forgotten
    Column("comics", Integer, nullable=False),
    Column("created_at", Float, nullable=False),
    sqlite_autoincrement=True,  # people have waved away all up to an id
)

job_summaries = Table(  # what is left of jobs that were pruned, and of those of another Longbox
    "job_summaries",
    metadata,
    _id(),
    Column("library_id", Id, _to("libraries"), nullable=False),
    Column("job_id", Id, nullable=False),  # no foreign key: the job is gone
    Column("created_at", Float, nullable=False),
    Column("summary", Text, nullable=False),  # JSON, see db/job_history.py
    UniqueConstraint("library_id", "created_at"),
    Index("ix_job_summaries_created_at", "created_at"),
)

webhooks = Table(  # who is told how jobs end
    "webhooks",
    metadata,
    _id(),
    Column("url", Text, nullable=False, unique=True),
    Column("secret", Text, nullable=False),  # what messages are signed with
    Column("created_at", Float, nullable=False),
)

webhook_messages = Table(  # the outbox, and what became of what was in it
    "webhook_messages",
    metadata,
    _id(),
    Column("webhook_id", Id, _to("webhooks"), nullable=False),
    Column("event", Text, nullable=False),  # an Event
    Column("body", Text, nullable=False),  # JSON, as it is sent
    Column("created_at", Float, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", Float),  # when it is sent (again); null once it has arrived or is given up
    Column("tried_at", Float),
    Column("arrived_at", Float),
    Column("answer", Text),  # to the last attempt, in words
    Index("ix_webhook_messages_webhook_id_id", "webhook_id", "id"),
    Index("ix_webhook_messages_due_at", "due_at"),
    sqlite_autoincrement=True,  # receivers know messages by their ids
)

job_changes = Table(
    "job_changes",
    metadata,
    _id(),
    Column("job_id", Id, _to("scan_jobs"), nullable=False, index=True),
    Column("comic_id", Id, _to("comics"), nullable=False, index=True),
    Column("change", Text, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Column("left_series_id", Id),  # that a moved comic left, until it is known if it moved as well
)

job_losses = Table(  # the comics a held job would mark missing; once it is confirmed, those it may
    "job_losses",
    metadata,
    Column("job_id", Id, _to("scan_jobs"), primary_key=True),
    Column("series_id", Id, _to("series"), primary_key=True, index=True),
    Column("comic_id", Id, _to("comics"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

purges = Table(  # a wish that missing comics be forgotten; the worker does what is not done at once
    "purges",
    metadata,
    _id(),
    Column("choice", Text, nullable=False),  # JSON: which comics, see db/trash.py
    Column("total", Integer, nullable=False),  # as many as there were when it was asked for
    Column("purged", Integer, nullable=False, server_default="0"),
    Column("requested_by", Text),
    Column("created_at", Float, nullable=False),
    Column("completed_at", Float),
)

surveys = Table(  # looks over the whole catalogue for what it holds more than once
    "surveys",
    metadata,
    _id(),
    Column("requested_by", Text),  # null when a scan was the reason
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("completed_at", Float),  # what it found is shown from then on
    _counter("comics"),
    Column("problem", Text),  # why it came to nothing
)

duplicate_groups = Table(  # comics that are the same, as the survey saw it
    "duplicate_groups",
    metadata,
    _id(),
    Column("survey_id", Id, _to("surveys"), nullable=False),
    Column("kind", Text, nullable=False),  # a DuplicateKind
    Column("comics", Integer, nullable=False),
    Column("spare", BigInteger, nullable=False),  # bytes of all but the largest
    Column("is_dismissed", Boolean, nullable=False),  # a person has said that they are not
    Index("ix_duplicate_groups_listing", "survey_id", "kind", "is_dismissed", "spare", "id"),
)

duplicate_copies = Table(
    "duplicate_copies",
    metadata,
    Column("group_id", Id, _to("duplicate_groups"), primary_key=True),
    Column("comic_id", Id, _to("comics"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

not_duplicates = Table(  # comics that a person has said are not the same, under one number
    "not_duplicates",
    metadata,
    Column("number", Id, primary_key=True, autoincrement=False),
    Column("comic_id", Id, _to("comics"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

shared_pages = Table(  # pages that stand in many comics, as the survey saw it
    "shared_pages",
    metadata,
    _id(),
    Column("survey_id", Id, _to("surveys"), nullable=False),
    Column("sum", LargeBinary, nullable=False),  # 8 bytes, as in comic_pages
    Column("comics", Integer, nullable=False),
    Column("series", Integer, nullable=False),
    Column("first", Integer, nullable=False),  # in how many of them it is the first page
    Column("last", Integer, nullable=False),
    Column("examples", Text, nullable=False),  # JSON: [comic, page from 0] each
    UniqueConstraint("survey_id", "sum"),
    Index("ix_shared_pages_listing", "survey_id", "comics", "id"),
)

hidden_pages = Table(  # left out of reading, in whatever comic they stand
    "hidden_pages",
    metadata,
    Column("sum", LargeBinary, primary_key=True),  # 8 bytes, as in comic_pages
    Column("is_hidden", Boolean, nullable=False),  # false until covers without it are made anew
    Column("is_settled", Boolean, nullable=False),  # whether covers are as this says
    Column("changed_by", Text, nullable=False),
    Column("changed_at", Float, nullable=False),
)


# ---- reading. Every table of it refers to users, comics and series by RESTRICT, so that nothing
# can delete one of these before `db.reading` has seen to what hangs on it.


def _reference(table: str, **options: Any) -> Column[int]:
    options = {"nullable": False} | options
    return Column(_reference_name(table), Id, _to(table, delete="RESTRICT"), **options)


def _reference_name(table: str) -> str:
    return "series_id" if table == "series" else f"{table.removesuffix('s')}_id"


reading_progress = Table(
    "reading_progress",
    metadata,
    _reference("users", primary_key=True),
    _reference("comics", primary_key=True),
    Column("page", Integer, nullable=False),  # from 0
    Column("page_count", Integer),  # of the comic when that page was reported
    Column("completed", Boolean, nullable=False, server_default=false()),
    Column("seconds_read", Integer, nullable=False, server_default="0"),
    Column("device", Text, nullable=False, server_default=""),
    # the sitting that reported the page, and which of its reports that was
    Column("session", Text, nullable=False, server_default=""),
    Column("sequence", Integer, nullable=False, server_default="0"),
    Column("read_at", Float, nullable=False),  # when that page was turned to
    Column("started_at", Float),  # null when nothing of it counts as read
    Column("finished_at", Float),
    Column("reset_at", Float),  # when it was marked unread: what was read before counts no longer
    Column("changed_at", Float, nullable=False),
    Index("ix_reading_progress_comic_id", "comic_id"),
    Index(
        "ix_reading_progress_open",
        "user_id",
        "read_at",
        "comic_id",
        **_where("started_at IS NOT NULL AND NOT completed"),
    ),
    Index(
        "ix_reading_progress_completed",
        "user_id",
        "read_at",
        "comic_id",
        **_where("completed"),
    ),
    sqlite_with_rowid=False,
)

reading_sessions = Table(  # one sitting with one comic; what statistics and the history are made of
    "reading_sessions",
    metadata,
    _id(),
    _reference("users"),
    _reference("comics", nullable=True, index=True),  # null once it was purged
    Column("title", Text, nullable=False, server_default=""),  # of a comic that was purged
    Column("series_name", Text, nullable=False, server_default=""),  # likewise
    Column("session", Text, nullable=False),
    Column("sequence", Integer, nullable=False, server_default="0"),  # of its newest report
    Column("device", Text, nullable=False, server_default=""),
    Column("day", Text, nullable=False),  # YYYY-MM-DD where the reader was when it began
    Column("started_at", Float, nullable=False),
    Column("ended_at", Float, nullable=False),
    Column("lowest_page", Integer, nullable=False),
    Column("highest_page", Integer, nullable=False),
    Column("pages", Integer, nullable=False, server_default="0"),
    Column("seconds", Integer, nullable=False, server_default="0"),
    UniqueConstraint("user_id", "session", "comic_id"),
    Index(
        "uq_reading_sessions_of_purged",
        "user_id",
        "session",
        unique=True,
        **_where("comic_id IS NULL"),
    ),
    Index("ix_reading_sessions_user_id_day", "user_id", "day"),
    Index("ix_reading_sessions_user_id_ended_at_id", "user_id", "ended_at", "id"),
)

bookmarks = Table(
    "bookmarks",
    metadata,
    _id(),
    _reference("users"),
    _reference("comics", index=True),
    Column("page", Integer, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("created_at", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
    UniqueConstraint("user_id", "comic_id", "page"),
    Index("ix_bookmarks_user_id_created_at_id", "user_id", "created_at", "id"),
    sqlite_autoincrement=True,  # a bookmark's id is known to browsers that are offline
)

page_notes = Table(
    "page_notes",
    metadata,
    _id(),
    _reference("users"),
    _reference("comics", index=True),
    Column("uid", Text, nullable=False),  # what tells it from others, also on another server
    Column("page", Integer, nullable=False),
    Column("text", Text, nullable=False, server_default=""),
    Column("highlight", Text, nullable=False, server_default=""),  # the words that are marked
    # where on the page, as shares of its width and height from the top left; null is all of it
    Column("x", Float),
    Column("y", Float),
    Column("width", Float),
    Column("height", Float),
    Column("created_at", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
    UniqueConstraint("user_id", "comic_id", "uid"),
    Index("ix_page_notes_user_id_created_at_id", "user_id", "created_at", "id"),
    sqlite_autoincrement=True,
)

preferences = Table(
    "preferences",
    metadata,
    _reference("users", primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),  # JSON
    Column("changed_at", Float, nullable=False),
    sqlite_with_rowid=False,
)

reader_settings = Table(  # preferences of the reader that hold for one series
    "reader_settings",
    metadata,
    _reference("users", primary_key=True),
    _reference("series", primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),  # JSON
    Column("changed_at", Float, nullable=False),
    Index("ix_reader_settings_series_id", "series_id"),
    sqlite_with_rowid=False,
)


def _marks(name: str, table: str) -> Table:
    """What a person thinks of a comic or a series: stars, favourite, want to read."""
    one = _reference_name(table)
    return Table(
        name,
        metadata,
        _reference("users", primary_key=True),
        _reference(table, primary_key=True),
        Column("stars", Integer),  # 1 to 5
        Column("rated_at", Float),
        Column("favourite_at", Float),
        Column("wanted_at", Float),
        Index(f"ix_{name}_{one}", one),
        Index(f"ix_{name}_stars", "user_id", "rated_at", one, **_where("stars IS NOT NULL")),
        Index(
            f"ix_{name}_favourite",
            "user_id",
            "favourite_at",
            one,
            **_where("favourite_at IS NOT NULL"),
        ),
        Index(f"ix_{name}_wanted", "user_id", "wanted_at", one, **_where("wanted_at IS NOT NULL")),
        sqlite_with_rowid=False,
    )


comic_marks = _marks("comic_marks", "comics")
series_marks = _marks("series_marks", "series")

reading_lists = Table(
    "reading_lists",
    metadata,
    _id(),
    _reference("users"),
    Column("uid", Text, nullable=False),  # as of a page's note; the name may change
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("is_public", Boolean, nullable=False, server_default=false()),  # to all who sign in
    Column("created_at", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
    UniqueConstraint("user_id", "uid"),
    UniqueConstraint("user_id", "name"),
    sqlite_autoincrement=True,
)

reading_list_items = Table(  # each a comic or a whole series
    "reading_list_items",
    metadata,
    _id(),
    _reference("users"),
    Column("list", Text, nullable=False),  # its uid
    _reference("comics", nullable=True, index=True),
    _reference("series", nullable=True, index=True),
    Column("position", Integer, nullable=False),
    Column("added_at", Float, nullable=False),
    ForeignKeyConstraint(
        ["user_id", "list"],
        ["reading_lists.user_id", "reading_lists.uid"],
        name="fk_reading_list_items_list",
        ondelete="CASCADE",
    ),
    UniqueConstraint("user_id", "list", "comic_id"),
    UniqueConstraint("user_id", "list", "series_id"),
    Index("ix_reading_list_items_position", "user_id", "list", "position", "id"),
)

reading_journal = Table(  # only ever added to; the database itself refuses anything else
    "reading_journal",
    metadata,
    _id(),
    _reference("users", nullable=True),  # null once the user was removed
    Column("user_name", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("deed", Text, nullable=False),  # one for all that was changed in one go
    Column("cause", Text, nullable=False),
    Column("kind", Text, nullable=False),
    # what it is about: ids while they last, and what finds it again when they are no more
    Column("comic_id", Id),
    Column("series_id", Id),
    Column("library", Text),
    Column("path", LargeBinary),  # below the library: of the comic's file, or the series' folder
    Column("size", BigInteger),
    Column("fingerprint", LargeBinary),
    Column("name", Text, nullable=False, server_default=""),  # which of several: a page, a setting
    Column("before", Text),  # JSON; null when there was nothing
    Column("after", Text),  # JSON; null when there is nothing any more
    Column("device", Text, nullable=False, server_default=""),
    Index("ix_reading_journal_user_id_id", "user_id", "id"),
    Index("ix_reading_journal_user_id_comic_id_id", "user_id", "comic_id", "id"),
    Index("ix_reading_journal_deed", "deed"),
    sqlite_autoincrement=True,
)

reading_awaited = Table(  # reading data of comics that are not here: it is theirs when they come
    "reading_awaited",
    metadata,
    _id(),
    _reference("users"),
    Column("cause", Text, nullable=False),  # a purge, an import
    Column("kind", Text, nullable=False),
    Column("library", Text),
    Column("path", LargeBinary, nullable=False),  # below the library
    Column("size", BigInteger),  # null for a series
    Column("fingerprint", LargeBinary),
    Column("name", Text, nullable=False, server_default=""),
    Column("value", Text, nullable=False),  # JSON, as the journal has it
    Column("created_at", Float, nullable=False),
    Index("ix_reading_awaited_user_id_path", "user_id", "path"),
)
