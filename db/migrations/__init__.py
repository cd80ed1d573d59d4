"""Alembic's migrations: how a database came to the shape that `db/schema` describes."""
