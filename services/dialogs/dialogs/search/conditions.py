"""What a find is, in SQL: read text by text, or asked of the index. On PostgreSQL word forms count too."""

import re
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, cast, column, func, literal_column, or_, select, table
from sqlalchemy.dialects.postgresql import TSVECTOR

from dialogs.search.tables import SearchText
from dialogs.search.text import INDEXED_CHARACTERS
from shared.database.session import Session

Terms = tuple[str, ...]
# PostgreSQL's trigrams are made of letters and digits only.
_INDEXED = re.compile(rf"[^\W_]{{{INDEXED_CHARACTERS},}}")
_RUSSIAN: Any = literal_column("'russian'")
# See migration 0006: how much of a project's id SQLite's index knows.
PROJECT_SIGNS = 6
_found = table("search_found", column("rowid"), column("search_found"))


def has_indexed(terms: Terms) -> bool:
    """Whether the index can find the terms, or some of them."""
    return any(map(_INDEXED.search, terms))


def found_by_reading(session: Session, terms: Terms, columns: Any = SearchText) -> ColumnElement[bool]:
    """Return the condition that is checked row by row; no planner finds an index for it."""
    position = func.strpos if session.is_postgresql else func.instr
    parts = and_(*(position(columns.text, term) > 0 for term in terms))
    if not session.is_postgresql:
        return parts
    words = func.coalesce(columns.words, cast("", TSVECTOR))
    return or_(parts, _same_words(words, terms))


def found_by_index(session: Session, project_id: UUID, terms: Terms) -> ColumnElement[bool]:
    """Return the condition that the index answers; the caller's is the condition on the project."""
    if not session.is_postgresql:
        return and_(SearchText.id.in_(_matching(project_id, terms)), found_by_reading(session, terms))
    parts = and_(*(SearchText.text.like(f"%{_escaped(term)}%") for term in terms))
    return or_(parts, _same_words(SearchText.words, terms))


def _same_words(words: Any, terms: Terms) -> ColumnElement[bool]:
    same: ColumnElement[bool] = words.op("@@")(func.plainto_tsquery(_RUSSIAN, " ".join(terms)))
    return same


def _escaped(term: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", term)


def _matching(project_id: UUID, terms: Terms) -> Any:
    asked = [f'"{term.replace(chr(34), chr(34) * 2)}"' for term in terms if len(term) >= INDEXED_CHARACTERS]
    question = f'project : "{project_id.hex[-PROJECT_SIGNS:]}" AND text : ({" AND ".join(asked)})'
    return select(_found.c.rowid).where(_found.c.search_found.op("MATCH")(question))
