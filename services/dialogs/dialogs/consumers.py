"""What dialogs reacts to. The inbox row, the transaction and the retries are around each handler."""

from collections.abc import Sequence
from dataclasses import replace

from dialogs.files.copies import learn_copies
from dialogs.messages.dispatch import apply_channel_events
from dialogs.operators.actions import Said, learn_role
from dialogs.registry.actions import Names, Snapshot, delete_project, name_project
from dialogs.registry.follow import learn_and_release
from dialogs.threads.rules import DELETED
from dialogs.visits.actions import learn_visit
from shared.database.session import Session
from shared.events import accounts, channel, integrations, widgets
from shared.http.access import Guard, obey_cut
from shared.messaging.consumer import Consumer


def consumer_for(guard: Guard) -> Consumer:
    """Make the consumer of dialogs."""
    consumer = Consumer("dialogs")
    _on_projects(consumer, guard)
    _on_integrations(consumer)
    _on_channels(consumer)
    _on_widgets(consumer)
    return consumer


def _on_projects(consumer: Consumer, guard: Guard) -> None:
    @consumer.on(accounts.AccessChanged)
    async def cut_off(event: accounts.AccessChanged, session: Session) -> None:
        await obey_cut(session, guard, event.operator_id, event.not_before)

    @consumer.on(accounts.PersonJoined)
    async def learn_person(event: accounts.PersonJoined, session: Session) -> None:
        said = Said(event.name, event.role, event.joined_at)
        await learn_role(session, event.project_id, event.operator_id, said)

    @consumer.on(accounts.PersonLeft)
    async def forget_role(event: accounts.PersonLeft, session: Session) -> None:
        said = Said(event.name, None, event.left_at)
        await learn_role(session, event.project_id, event.operator_id, said)

    @consumer.on(accounts.ProjectCreated)
    async def learn_project(event: accounts.ProjectCreated, session: Session) -> None:
        await name_project(session, event.project_id, name=event.name, version=0)

    @consumer.on(accounts.ProjectRenamed)
    async def rename_project(event: accounts.ProjectRenamed, session: Session) -> None:
        await name_project(session, event.project_id, name=event.name, version=event.version)

    @consumer.on(accounts.ProjectDeleted)
    async def bury_project(event: accounts.ProjectDeleted, session: Session) -> None:
        await delete_project(session, event.project_id)


def _on_integrations(consumer: Consumer) -> None:
    @consumer.on(integrations.IntegrationCreated)
    async def begin_epoch(event: integrations.IntegrationCreated, session: Session) -> None:
        names = Names(event.name, event.screen_name, event.avatar_url)
        await learn_and_release(session, snapshot_of(event, event.state, names=names))

    @consumer.on(integrations.IntegrationStateChanged)
    async def follow_state(event: integrations.IntegrationStateChanged, session: Session) -> None:
        await learn_and_release(session, replace(snapshot_of(event, event.state), problem=event.reason))

    @consumer.on(integrations.IntegrationDeleted)
    async def end_epoch(event: integrations.IntegrationDeleted, session: Session) -> None:
        await learn_and_release(session, snapshot_of(event, DELETED))


def snapshot_of(event: integrations.IntegrationEvent, state: str, names: Names | None = None) -> Snapshot:
    """Return the registry's news in an event."""
    return Snapshot(
        integration_id=event.integration_id,
        project_id=event.project_id,
        channel=event.channel,
        community_id=event.community_id,
        epoch=event.epoch,
        version=event.version,
        state=state,
        deleted=state == DELETED,
        names=names,
    )


def _on_widgets(consumer: Consumer) -> None:
    @consumer.on(widgets.VisitMarked)
    async def follow_visit(event: widgets.VisitMarked, session: Session) -> None:
        await learn_visit(session, event)


def _on_channels(consumer: Consumer) -> None:
    @consumer.on_many(
        channel.MessageReceived,
        channel.StaffReplied,
        channel.MessageEdited,
        channel.MessageDeleted,
        channel.MessagesRead,
        channel.ReactionChanged,
        channel.ButtonPressed,
        channel.ContactUpdated,
        channel.ReplySent,
        channel.ReplyUnconfirmed,
        channel.ReplyFailed,
        channel.ChangeApplied,
        channel.ChangeFailed,
        channel.WritingPermissionChanged,
        channel.MessagesImported,
    )
    async def follow_conversations(events: Sequence[channel.ChannelEvent], session: Session) -> None:
        await apply_channel_events(session, events)

    @consumer.on_many(channel.AttachmentCopied)
    async def follow_copies(events: Sequence[channel.AttachmentCopied], session: Session) -> None:
        await learn_copies(session, events)
