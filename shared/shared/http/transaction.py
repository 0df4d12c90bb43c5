"""The transaction of a request: one of the two places in the suite that open one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request

from shared.database.engine import Database
from shared.database.session import Session
from shared.database.walls import confine
from shared.http.access import CALLER, Caller


@asynccontextmanager
async def transaction_of(request: Request) -> AsyncIterator[Session]:
    """Open a request's transaction for a moment: for one whose body takes long to come."""
    database: Database = request.app.state.database
    async with database.write() as session:
        await _on_behalf(session, request)
        yield session


async def _open_transaction(request: Request) -> AsyncIterator[Session]:
    async with transaction_of(request) as session:
        yield session


@asynccontextmanager
async def reading_of(request: Request) -> AsyncIterator[Session]:
    """Open a request's reading session for a moment: for one whose answer takes long to go out."""
    database: Database = request.app.state.database
    async with database.read() as session:
        await _on_behalf(session, request)
        yield session


async def _open_reading(request: Request) -> AsyncIterator[Session]:
    async with reading_of(request) as session:
        yield session


async def _on_behalf(session: Session, request: Request) -> None:
    """Let the session know who acts, and confine it to their projects. Without a caller it is our own."""
    caller: Caller | None = getattr(request.state, CALLER, None)
    if caller is not None:
        session.actor_id = caller.operator_id
        if request.app.state.confined:
            await confine(session, caller.roles)


# scope="function" commits before the answer leaves; the default would answer first.
Transaction = Annotated[Session, Depends(_open_transaction, scope="function")]
ReadOnly = Annotated[Session, Depends(_open_reading, scope="function")]
