"""What this service reacts to."""

from integrations.registry import actions
from shared.database.session import Session
from shared.events.accounts import AccessChanged, ProjectDeleted
from shared.events.channel import AccountChecked, AccountLinked, HistoryChecked
from shared.http.access import Guard, obey_cut
from shared.messaging.consumer import Consumer


def consumer_for(guard: Guard) -> Consumer:
    """Make the list of this service's reactions."""
    consumer = Consumer("integrations")

    @consumer.on(AccessChanged)
    async def refuse_older_tokens(event: AccessChanged, session: Session) -> None:
        await obey_cut(session, guard, event.operator_id, event.not_before)

    @consumer.on(ProjectDeleted)
    async def delete_its_integrations(event: ProjectDeleted, session: Session) -> None:
        await actions.forget_project(session, event.project_id)

    @consumer.on(AccountLinked)
    async def activate(event: AccountLinked, session: Session) -> None:
        await actions.record_link(session, event.integration_id, epoch=event.epoch)

    @consumer.on(AccountChecked)
    async def remember_check(event: AccountChecked, session: Session) -> None:
        await actions.record_check(
            session,
            event.integration_id,
            epoch=event.epoch,
            problem=event.problem,
            checked_at=event.checked_at,
        )

    @consumer.on(HistoryChecked)
    async def remember_history(event: HistoryChecked, session: Session) -> None:
        await actions.record_history(session, event)

    return consumer
