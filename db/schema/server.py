"""The tables of the server as a whole: its settings, and whom it tells what happened."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, Table, Text

from db.schema.base import Id, id_column, metadata, to

settings = Table(
    "settings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

notices = Table(  # what everybody who is signed in is told once
    "notices",
    metadata,
    id_column(),
    Column("library_id", Id, to("libraries"), nullable=False, index=True),
    Column("job_id", Id, nullable=False),  # no foreign key: a job may be forgotten
    Column("comics", Integer, nullable=False),
    Column("created_at", Float, nullable=False),
    sqlite_autoincrement=True,  # people have waved away all up to an id
)

webhooks = Table(  # who is told how jobs end
    "webhooks",
    metadata,
    id_column(),
    Column("url", Text, nullable=False, unique=True),
    Column("secret", Text, nullable=False),  # what messages are signed with
    Column("created_at", Float, nullable=False),
)

webhook_messages = Table(  # the outbox, and what became of what was in it
    "webhook_messages",
    metadata,
    id_column(),
    Column("webhook_id", Id, to("webhooks"), nullable=False),
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
