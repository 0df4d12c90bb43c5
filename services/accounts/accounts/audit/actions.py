"""Adding to the audit log, in the transaction of what it tells of. Nothing ever changes or removes a row."""

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.audit.kinds import AuditKind
from accounts.tables import AuditEntry
from shared.database.session import Session


async def record(
    session: Session,
    kind: AuditKind | str,
    *,
    at: datetime | None = None,
    actor_id: UUID | None,
    project_id: UUID | None = None,
    subject_id: UUID | None = None,
    address: str | None = None,
    **details: Any,
) -> None:
    """Note who (`actor_id`) did what to whom (`subject_id`), in which project and from which address.

    It happened now, unless `at` says when.
    """
    session.add(
        AuditEntry(
            id=session.new_id(),
            at=at or session.now,
            kind=str(kind),
            actor_id=actor_id,
            project_id=project_id,
            subject_id=subject_id,
            address=address,
            details=details,
        )
    )
    await session.flush()
