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

SCHEMA_VERSION = "0002"  # the newest migration, which `longbox init` brings a database to

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
    Column("root_device", BigInteger),  # st_dev of the root at the last scan that found all well
    Column("created_at", Float, nullable=False),
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
    Column("fingerprint", LargeBinary),  # of the pages: what makes it the same comic elsewhere
    Column("full_fingerprint", LargeBinary),  # of everything in the file, metadata too
    Column("previous_fingerprint", LargeBinary),  # until it is known where that content went
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
    # what the thumbnail stage or the covers process made; the file itself is the truth
    Column("thumbnail_state", Text, nullable=False, server_default=WorkState.PENDING),
    UniqueConstraint("folder_id", "file_name"),
    Index(
        "ix_comics_to_index",
        "library_id",
        "id",
        sqlite_where=text(f"index_state = '{WorkState.PENDING}'"),
        postgresql_where=text(f"index_state = '{WorkState.PENDING}'"),
    ),
    Index(
        "ix_comics_release_date_id",
        "release_date",
        "id",
        sqlite_where=text("release_date IS NOT NULL"),
        postgresql_where=text("release_date IS NOT NULL"),
    ),
    Index(
        "ix_comics_missing",
        "library_id",
        "id",
        sqlite_where=text(f"state = '{ComicState.MISSING}'"),
        postgresql_where=text(f"state = '{ComicState.MISSING}'"),
    ),
    sqlite_autoincrement=True,  # an id is never given twice: covers and reading data hang on it
)

comic_pages = Table(
    "comic_pages",
    metadata,
    Column("comic_id", Id, _to("comics"), primary_key=True, autoincrement=False),
    Column("sums", LargeBinary, nullable=False),  # 8 bytes a page: its CRC-32 and its size
)

artwork = Table(  # a picture that lay beside comics, once however many folders hold it
    "artwork",
    metadata,
    _id(),
    Column("sha256", Text, nullable=False, unique=True),  # of its content, in hexadecimal
    Column("media_type", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("added_at", Float, nullable=False),
)

artwork_files = Table(
    "artwork_files",
    metadata,
    _id(),
    Column("library_id", Id, _to("libraries"), nullable=False, index=True),
    Column("folder_id", Id, _to("folders"), nullable=False),
    Column("file_name", LargeBinary, nullable=False),
    Column("role", Text, nullable=False),  # cover, banner …: what its name says it is
    Column("comic_id", Id, _to("comics"), index=True),  # where its name is a comic's
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("state", Text, nullable=False, server_default=WorkState.PENDING),
    Column("artwork_id", Id, _to("artwork", delete="SET NULL"), index=True),
    UniqueConstraint("folder_id", "file_name"),
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
        sqlite_where=text(
            f"status IN ('{JobStatus.QUEUED}', '{JobStatus.RUNNING}', "
            f"'{JobStatus.PAUSED}', '{JobStatus.HELD}')"
        ),
        postgresql_where=text(
            f"status IN ('{JobStatus.QUEUED}', '{JobStatus.RUNNING}', "
            f"'{JobStatus.PAUSED}', '{JobStatus.HELD}')"
        ),
    ),
    sqlite_autoincrement=True,  # comics name the job that added them, also when it is deleted
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
        sqlite_where=text(f"status IN ('{ShardStatus.QUEUED}', '{ShardStatus.RUNNING}')"),
        postgresql_where=text(f"status IN ('{ShardStatus.QUEUED}', '{ShardStatus.RUNNING}')"),
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
        sqlite_where=text("resolved_at IS NULL"),
        postgresql_where=text("resolved_at IS NULL"),
    ),
)

job_changes = Table(
    "job_changes",
    metadata,
    _id(),
    Column("job_id", Id, _to("scan_jobs"), nullable=False, index=True),
    Column("comic_id", Id, _to("comics"), nullable=False, index=True),
    Column("change", Text, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
)
