"""What this service reacts to."""

from collections.abc import Sequence

from integrations.health.actions import record_checks, record_link
from integrations.health.rules import Limits
from integrations.imports.actions import record_progress
from integrations.registry import actions
from integrations.registry.projects import name_project
from shared.database.session import Session
from shared.events.accounts import AccessChanged, ProjectCreated, ProjectDeleted, ProjectRenamed
from shared.events.channel import AccountChecked, AccountLinked, HistoryChecked, ImportProgressed
from shared.http.access import Guard, obey_cut
from shared.messaging.consumer import Consumer


def consumer_for(guard: Guard, limits: Limits) -> Consumer:
    """Make the list of this service's reactions."""
    consumer = Consumer("integrations")

    @consumer.on(AccessChanged)
    async def refuse_older_tokens(event: AccessChanged, session: Session) -> None:
        await obey_cut(session, guard, event.operator_id, event.not_before)

    @consumer.on(ProjectCreated)
    async def learn_its_name(event: ProjectCreated, session: Session) -> None:
        await name_project(session, event.project_id, name=event.name, version=0)

    @consumer.on(ProjectRenamed)
    async def learn_its_new_name(event: ProjectRenamed, session: Session) -> None:
        await name_project(session, event.project_id, name=event.name, version=event.version)

    @consumer.on(ProjectDeleted)
    async def delete_its_integrations(event: ProjectDeleted, session: Session) -> None:
        await actions.forget_project(session, event.project_id)

    @consumer.on(AccountLinked)
    async def activate(event: AccountLinked, session: Session) -> None:
        await record_link(session, event.integration_id, epoch=event.epoch, limits=limits)

    @consumer.on_many(AccountChecked)
    async def follow_health(events: Sequence[AccountChecked], session: Session) -> None:
        await record_checks(session, events, limits)

    @consumer.on(ImportProgressed)
    async def follow_import(event: ImportProgressed, session: Session) -> None:
        await record_progress(session, event)

    @consumer.on(HistoryChecked)
    async def remember_history(event: HistoryChecked, session: Session) -> None:
        await actions.record_history(session, event)

    return consumer
