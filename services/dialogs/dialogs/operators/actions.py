"""Who the operators of a project are. The caller owns the transaction."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dialogs.tables import Operator
from shared.database.inserts import inserted
from shared.database.session import Session
from shared.http.access import Caller


async def remember_operator(session: Session, caller: Caller, project_id: UUID) -> None:
    """Keep the name by which the caller acts, for those who see their dialogs."""
    known = await session.get(Operator, {"project_id": project_id, "id": caller.operator_id})
    if known is None:
        facts = {"project_id": project_id, "id": caller.operator_id, "is_program": caller.is_program}
        facts |= {"name": caller.name, "issued_at": caller.issued_at}
        await inserted(session, Operator, conflict=["project_id", "id"], **facts)
    else:
        _rename(known, caller.name, caller.issued_at)


@dataclass(frozen=True)
class Said:
    """What accounts says of somebody in a project at a moment; without a role they have left."""

    name: str
    role: str | None
    at: datetime


async def learn_role(session: Session, project_id: UUID, operator_id: UUID, said: Said) -> None:
    """Keep what somebody is in a project; of what was said in any order the latest counts."""
    key = {"project_id": project_id, "id": operator_id}
    await inserted(session, Operator, conflict=list(key), **key, name=said.name, issued_at=said.at)
    operator = await session.get_one(Operator, key, with_for_update=True, populate_existing=True)
    _rename(operator, said.name, said.at)
    if operator.role_at is None or operator.role_at <= said.at:
        operator.role, operator.role_at = said.role, said.at


def _rename(operator: Operator, name: str, said_at: datetime) -> None:
    if operator.name != name and operator.issued_at <= said_at:
        operator.name, operator.issued_at = name, said_at
