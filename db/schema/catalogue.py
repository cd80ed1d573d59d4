"""The tables of what there is: libraries, folders, series and comics, and what is known of them.

Paths are bytes, because file names are: a library's is absolute, a folder's is relative to its
library (`b""` is the root) and a comic has its file's own name.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from db.schema.base import Id, id_column, metadata, to, where
from db.states import ComicState, WorkState

libraries = Table(
    "libraries",
    metadata,
    id_column(),
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

folders = Table(
    "folders",
    metadata,
    id_column(),
    Column("library_id", Id, to("libraries"), nullable=False),
    Column("path", LargeBinary, nullable=False),
    Column("mtime_ns", BigInteger),  # as listed; null when a quick scan must list it again
    UniqueConstraint("library_id", "path"),
)

series = Table(
    "series",
    metadata,
    id_column(),
    Column("library_id", Id, to("libraries"), nullable=False),
    Column("folder_id", Id, to("folders"), nullable=False, unique=True),
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
    **where("cover_artwork_id IS NOT NULL"),
)

comics = Table(
    "comics",
    metadata,
    id_column(),
    Column("library_id", Id, to("libraries"), nullable=False),
    Column("folder_id", Id, to("folders"), nullable=False),
    Column("series_id", Id, to("series"), nullable=False, index=True),
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
    Column("publisher_id", Id, to("publishers", delete="SET NULL")),
    Column("imprint_id", Id, to("publishers", delete="SET NULL")),
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
        **where(f"index_state = '{WorkState.PENDING}'"),
    ),
    Index(
        "ix_comics_release_date_id",
        "release_date",
        "id",
        **where("release_date IS NOT NULL"),
    ),
    Index("ix_comics_added_job_id_id", "added_job_id", "id"),
    Index(
        "ix_comics_cover_artwork_id",
        "cover_artwork_id",
        **where("cover_artwork_id IS NOT NULL"),
    ),
    Index(
        "ix_comics_unsettled",
        "library_id",
        "id",
        **where("previous_fingerprint IS NOT NULL"),
    ),
    Index(
        "ix_comics_missing",
        "library_id",
        "id",
        **where(f"state = '{ComicState.MISSING}'"),
    ),
    Index(  # the trash reads what it says of a series from here alone
        "ix_comics_trash",
        "series_id",
        "sort_key",
        "id",
        "missing_since",
        "size",
        **where(f"state = '{ComicState.MISSING}'"),
    ),
    sqlite_autoincrement=True,  # an id is never given twice: covers and reading data hang on it
)

comic_pages = Table(
    "comic_pages",
    metadata,
    Column("comic_id", Id, to("comics"), primary_key=True, autoincrement=False),
    Column("sums", LargeBinary, nullable=False),  # 8 bytes a page: its CRC-32 and its size
)

artwork = Table(  # a picture in the place of a cover, once however many folders hold it
    "artwork",
    metadata,
    id_column(),
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
    id_column(),
    Column("library_id", Id, to("libraries"), nullable=False, index=True),
    Column("folder_id", Id, to("folders"), nullable=False),
    Column("file_name", LargeBinary, nullable=False),
    Column("role", Text, nullable=False),  # an ArtworkRole: what its name says it is
    Column("comic_id", Id, to("comics"), index=True),  # where its name is a comic's
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("state", Text, nullable=False, server_default=WorkState.PENDING),
    Column("artwork_id", Id, to("artwork", delete="SET NULL"), index=True),
    UniqueConstraint("folder_id", "file_name"),
    Index(
        "ix_artwork_files_to_keep",
        "library_id",
        "id",
        **where(f"state = '{WorkState.PENDING}'"),
    ),
)

publishers = Table(
    "publishers",
    metadata,
    id_column(),
    Column("name", Text, nullable=False, unique=True),
)

people = Table(
    "people",
    metadata,
    id_column(),
    Column("name", Text, nullable=False, unique=True),
)

comic_credits = Table(
    "comic_credits",
    metadata,
    Column("comic_id", Id, to("comics"), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("person_id", Id, to("people"), primary_key=True),
    Column("position", Integer, nullable=False),
    sqlite_with_rowid=False,
)

tags = Table(
    "tags",
    metadata,
    id_column(),
    Column("kind", Text, nullable=False),  # genre, tag, character, team, location, story_arc
    Column("name", Text, nullable=False),
    UniqueConstraint("kind", "name"),
)

comic_tags = Table(
    "comic_tags",
    metadata,
    Column("comic_id", Id, to("comics"), primary_key=True),
    Column("tag_id", Id, to("tags"), primary_key=True),
    Column("number", Text),  # the comic's place in a story arc
    sqlite_with_rowid=False,
)
