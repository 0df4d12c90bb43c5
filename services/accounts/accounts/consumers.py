"""What accounts reacts to: only to what the others want kept in the audit log."""

from accounts.audit.actions import record
from shared.database.session import Session
from shared.events.audit import ActionRecorded
from shared.messaging.consumer import Consumer


def make_consumer() -> Consumer:
    """Make the consumer of accounts."""
    consumer = Consumer("accounts")

    @consumer.on(ActionRecorded)
    async def keep(event: ActionRecorded, session: Session) -> None:
        await record(
            session,
            event.action,
            at=event.at,
            actor_id=event.operator_id,
            project_id=event.project_id,
            subject_id=event.subject_id,
            name=event.subject_name,
        )

    return consumer
