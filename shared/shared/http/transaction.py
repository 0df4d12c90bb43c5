"""The transaction of a request: one of the two places in the suite that open one."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request

from shared.database.engine import Database
from shared.database.session import Session
from shared.http.access import CALLER, Caller


async def _open_transaction(request: Request) -> AsyncIterator[Session]:
    database: Database = request.app.state.database
    async with database.write() as session:
        caller: Caller | None = getattr(request.state, CALLER, None)
        session.actor_id = caller.operator_id if caller else None
        yield session


async def _open_reading(request: Request) -> AsyncIterator[Session]:
    database: Database = request.app.state.database
    async with database.read() as session:
        yield session


# scope="function" commits before the answer leaves; the default would answer first.
Transaction = Annotated[Session, Depends(_open_transaction, scope="function")]
ReadOnly = Annotated[Session, Depends(_open_reading, scope="function")]
