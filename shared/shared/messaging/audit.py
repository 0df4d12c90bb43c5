"""Telling the audit log, in the transaction of what it tells of."""

from uuid import UUID

from shared.database.session import Session
from shared.events.audit import ActionRecorded
from shared.messaging.outbox import publish_on_commit

NAME_CHARACTERS_MAX = 200


async def record_action(
    session: Session, action: str, *, project_id: UUID, subject_id: UUID | None, subject_name: str
) -> None:
    """Let it be kept that the session's actor did `action`; without an actor it happened by itself."""
    await publish_on_commit(
        session,
        ActionRecorded(
            project_id=project_id,
            action=action,
            operator_id=session.actor_id,
            subject_id=subject_id,
            subject_name=subject_name[:NAME_CHARACTERS_MAX],
            at=session.now,
        ),
    )
