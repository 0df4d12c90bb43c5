"""Every event that the gateway reacts to."""

from collections.abc import Callable, Sequence

from shared.database.session import Session
from shared.database.vault import Vault
from shared.events.accounts import AccessChanged, ProjectDeleted
from shared.events.dialogs import (
    ChangeRequested,
    ImportStored,
    MessagesSeen,
    ReplyCancelled,
    ReplyRequested,
)
from shared.events.envelope import Event
from shared.events.integrations import (
    CheckRequested,
    ImportCancelled,
    ImportRequested,
    IntegrationCreated,
    IntegrationDeleted,
)
from shared.http.access import Guard, obey_cut
from shared.messaging.consumer import Consumer
from vk_gateway.communities import actions
from vk_gateway.communities.queries import find_community
from vk_gateway.connections.actions import forget_project
from vk_gateway.health.actions import want_check
from vk_gateway.history.imports import begin_import, cancel_import, follow_wish, note_done
from vk_gateway.media.actions import bury_project
from vk_gateway.outgoing.actions import accept_replies, cancel_reply
from vk_gateway.outgoing.changes import accept_change
from vk_gateway.outgoing.marks import note_seen

CHANNEL = "vk"


class IntegrationUnknown(Exception):
    """An integration ended that we have not heard of yet."""


def consumer_for(guard: Guard, vault: Vault, wake_duties: Callable[[], None]) -> Consumer:
    """Return the gateway's consumer; `wake_duties` is called when something became due at VK."""
    consumer = Consumer("vk-gateway")
    _on_projects(consumer, guard)
    _on_integrations(consumer, vault, wake_duties)
    _on_imports(consumer)
    _on_dialogs(consumer, wake_duties)
    return consumer


def _on_projects(consumer: Consumer, guard: Guard) -> None:
    @consumer.on(AccessChanged)
    async def cut_access(event: AccessChanged, session: Session) -> None:
        await obey_cut(session, guard, event.operator_id, event.not_before)

    @consumer.on(ProjectDeleted)
    async def forget_connections(event: ProjectDeleted, session: Session) -> None:
        # Its communities go by the registry's own events.
        await forget_project(session, event.project_id)
        await bury_project(session, event.project_id)


def _on_integrations(consumer: Consumer, vault: Vault, wake_duties: Callable[[], None]) -> None:
    @consumer.on(IntegrationCreated)
    async def follow_created(event: IntegrationCreated, session: Session) -> None:
        if event.channel != CHANNEL:
            return
        await actions.follow_created(
            session,
            vault,
            integration_id=event.integration_id,
            project_id=event.project_id,
            community_id=event.community_id,
            connection_id=event.connection_id,
            epoch=event.epoch,
            version=event.version,
        )
        await follow_wish(session, event.integration_id, event.epoch, event.history)
        session.after_commit(wake_duties)

    @consumer.on(IntegrationDeleted)
    async def follow_deleted(event: IntegrationDeleted, session: Session) -> None:
        if event.channel != CHANNEL:
            return
        if not await actions.is_known(session, event.integration_id):
            # The news that it exists is still under way; this event is tried again after it.
            raise IntegrationUnknown(str(event.integration_id))
        await actions.follow_deleted(
            session, integration_id=event.integration_id, epoch=event.epoch, version=event.version
        )
        await cancel_import(session, event.integration_id, epoch=event.epoch)
        session.after_commit(wake_duties)

    @consumer.on(CheckRequested)
    async def check(event: CheckRequested, session: Session) -> None:
        if await actions.is_known(session, event.integration_id):
            await want_check(session, event.integration_id, event.epoch, event.request_id)
            session.after_commit(wake_duties)


def _on_imports(consumer: Consumer) -> None:
    @consumer.on(ImportRequested)
    async def begin(event: ImportRequested, session: Session) -> None:
        community = await find_community(session, event.integration_id)
        if community is None or community.epoch < event.epoch:
            raise IntegrationUnknown(str(event.integration_id))
        await begin_import(session, event.integration_id, event.epoch, event.import_id, event.depth)

    @consumer.on(ImportCancelled)
    async def end(event: ImportCancelled, session: Session) -> None:
        await cancel_import(session, event.integration_id, import_id=event.import_id)

    @consumer.on(ImportStored)
    async def go_on(event: ImportStored, session: Session) -> None:
        await note_done(session, event.integration_id, event.import_id, event.messages)


def _on_dialogs(consumer: Consumer, wake_duties: Callable[[], None]) -> None:
    @consumer.on_many(ReplyRequested)
    async def accept(events: Sequence[Event], session: Session) -> None:
        await accept_replies(session, [event for event in events if isinstance(event, ReplyRequested)])
        session.after_commit(wake_duties)

    @consumer.on(ReplyCancelled)
    async def take_back(event: ReplyCancelled, session: Session) -> None:
        await cancel_reply(session, event)
        session.after_commit(wake_duties)

    @consumer.on(ChangeRequested)
    async def change(event: ChangeRequested, session: Session) -> None:
        await accept_change(session, event)
        session.after_commit(wake_duties)

    @consumer.on(MessagesSeen)
    async def seen(event: MessagesSeen, session: Session) -> None:
        await note_seen(session, event)
