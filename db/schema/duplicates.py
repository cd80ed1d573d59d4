"""The tables of what the catalogue holds more than once, as a survey saw it, and of what people
decided about it.
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
)

from db.schema.base import Id, counter, id_column, metadata, to

surveys = Table(  # looks over the whole catalogue for what it holds more than once
    "surveys",
    metadata,
    id_column(),
    Column("requested_by", Text),  # null when a scan was the reason
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("completed_at", Float),  # what it found is shown from then on
    counter("comics"),
    Column("problem", Text),  # why it came to nothing
)

duplicate_groups = Table(  # comics that are the same, as the survey saw it
    "duplicate_groups",
    metadata,
    id_column(),
    Column("survey_id", Id, to("surveys"), nullable=False),
    Column("kind", Text, nullable=False),  # a DuplicateKind
    Column("comics", Integer, nullable=False),
    Column("spare", BigInteger, nullable=False),  # bytes of all but the largest
    Column("is_dismissed", Boolean, nullable=False),  # a person has said that they are not
    Index("ix_duplicate_groups_listing", "survey_id", "kind", "is_dismissed", "spare", "id"),
)

duplicate_copies = Table(
    "duplicate_copies",
    metadata,
    Column("group_id", Id, to("duplicate_groups"), primary_key=True),
    Column("comic_id", Id, to("comics"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

not_duplicates = Table(  # comics that a person has said are not the same, under one number
    "not_duplicates",
    metadata,
    Column("number", Id, primary_key=True, autoincrement=False),
    Column("comic_id", Id, to("comics"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

shared_pages = Table(  # pages that stand in many comics, as the survey saw it
    "shared_pages",
    metadata,
    id_column(),
    Column("survey_id", Id, to("surveys"), nullable=False),
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
