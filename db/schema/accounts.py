"""The tables of who may come in: users, their sessions and tokens, and what keeps guessers out."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Integer, Table, Text, UniqueConstraint

from db.schema.base import Id, id_column, metadata, to

users = Table(
    "users",
    metadata,
    id_column(),
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
    id_column(),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("user_id", Id, to("users"), nullable=False, index=True),
    Column("agent", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("seen_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False, index=True),
)

api_tokens = Table(  # by which programs ask for what an admin may
    "api_tokens",
    metadata,
    id_column(),
    Column("user_id", Id, to("users"), nullable=False),
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
