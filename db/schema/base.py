"""What all tables are made with: the one `metadata`, the type of ids, and columns that recur."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, text

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


def id_column() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def to(table: str, *, delete: str = "CASCADE") -> ForeignKey:
    return ForeignKey(f"{table}.id", ondelete=delete)


def where(condition: str) -> dict[str, Any]:
    """The condition of a partial index.

    That of another engine's index is said where its tables are made: to name an engine here loads
    its dialect into every process, which takes 30 ms.
    """
    return {"sqlite_where": text(condition)}


def counter(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default="0")
