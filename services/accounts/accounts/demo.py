"""The demo account: known to everybody, so it exists and signs in in demo mode only."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import select

from accounts.projects.actions import create_project
from accounts.tables import Membership, Operator
from shared.database.inserts import inserted
from shared.database.session import Session
from shared.http.access import Role

DEMO_EMAIL = "demo@otklik.local"
DEMO_PASSWORD = "otklik-demo"  # noqa: S105 - printed at every start of the demo
DEMO_NAME = "Демо"
DEMO_PROJECT = "Демо-проект"


@dataclass(frozen=True)
class DemoSeed:
    """The demo account and a project that it owns."""

    operator_id: UUID
    project_id: UUID


async def seed_demo(session: Session) -> DemoSeed:
    """Make the demo account and its project unless they are there. Two processes at once make one of each."""
    hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))
    query = select(Operator.id).where(Operator.email == DEMO_EMAIL)
    if (await session.execute(query)).scalar_one_or_none() is None:
        await inserted(
            session,
            Operator,
            conflict=["email"],
            id=session.new_id(),
            email=DEMO_EMAIL,
            name=DEMO_NAME,
            password_hash=await asyncio.to_thread(hasher.hash, DEMO_PASSWORD),
            is_demo=True,
            token_ms=0,
            created_at=session.now,
        )
    operator_id = (await session.execute(query.with_for_update(key_share=True))).scalar_one()
    owned = select(Membership.project_id).where(
        Membership.operator_id == operator_id, Membership.role == Role.OWNER
    )
    project_id = (await session.execute(owned.order_by(Membership.project_id).limit(1))).scalar_one_or_none()
    if project_id is None:
        project_id = (await create_project(session, operator_id, name=DEMO_PROJECT)).id
    return DemoSeed(operator_id, project_id)
