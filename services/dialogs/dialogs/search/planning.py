"""Telling PostgreSQL which way to go where its guess at a text's frequency would lead astray."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import func, select

from shared.database.session import Session

# A plan made for any text does not know that this one is rare.
BY_INDEX = {"enable_seqscan": "off", "plan_cache_mode": "force_custom_plan"}
AS_USUAL = {"enable_seqscan": "on", "plan_cache_mode": "auto"}


@asynccontextmanager
async def only_by_index(session: Session) -> AsyncIterator[None]:
    """Let the statements inside use indexes only, and be planned for their own values."""
    await _set(session, BY_INDEX)
    yield
    await _set(session, AS_USUAL)


async def _set(session: Session, values: dict[str, str]) -> None:
    if session.is_postgresql:
        await session.execute(select(*(func.set_config(name, value, True) for name, value in values.items())))
