"""Writes about the import of earlier messages. The caller owns the transaction and has locked the row."""

from uuid import UUID

from integrations.errors import (
    ImportRunning,
    IntegrationIsDeactivated,
    IntegrationIsDeleted,
)
from integrations.imports.schemas import UNDER_WAY, HistoryImport, Progress
from integrations.registry.queries import find_living
from integrations.states import Kind, State
from integrations.tables import Integration
from integrations.timeline.actions import note
from shared.database.session import Session
from shared.events.channel import ImportProgressed, ImportState
from shared.events.integrations import HistoryDepth, ImportCancelled, ImportRequested
from shared.messaging.outbox import publish_on_commit

_KINDS = {
    ImportState.RUNNING: Kind.IMPORT_STARTED,
    ImportState.DONE: Kind.IMPORT_DONE,
    ImportState.CANCELLED: Kind.IMPORT_CANCELLED,
}


def import_of(integration: Integration) -> HistoryImport | None:
    """Return the last import of an integration's present life."""
    return HistoryImport.model_validate(integration.history_import) if integration.history_import else None


def expect_import(session: Session, integration: Integration, depth: HistoryDepth | None) -> None:
    """Remember that the gateway was told of an import together with the connection; it numbers it."""
    if depth is not None:
        _keep(
            integration,
            HistoryImport(import_id=None, depth=depth, state=Progress.REQUESTED, requested_at=session.now),
        )


async def request_import(session: Session, integration: Integration, depth: HistoryDepth) -> HistoryImport:
    """Have earlier messages imported; what is under way to the same depth is the same import.

    Raises IntegrationIsDeleted, IntegrationIsDeactivated, ImportRunning.
    """
    if integration.state is State.DELETED:
        raise IntegrationIsDeleted
    if integration.state is State.DEACTIVATED:
        raise IntegrationIsDeactivated
    present = import_of(integration)
    if present is not None and present.state in UNDER_WAY:
        if present.depth is depth and not present.cancelling:
            return present
        raise ImportRunning
    wanted = HistoryImport(
        import_id=session.new_id(), depth=depth, state=Progress.REQUESTED, requested_at=session.now
    )
    _keep(integration, wanted)
    note(session, integration, Kind.IMPORT_REQUESTED, cause=depth)
    assert wanted.import_id is not None
    await publish_on_commit(
        session,
        ImportRequested(
            project_id=integration.project_id,
            integration_id=integration.id,
            epoch=integration.epoch,
            import_id=wanted.import_id,
            depth=depth,
        ),
    )
    return wanted


async def import_with_reconnect(session: Session, integration: Integration, depth: HistoryDepth) -> None:
    """Have earlier messages imported with another key, unless they have come or are coming."""
    present = import_of(integration)
    is_coming = present is not None and present.state in UNDER_WAY
    has_come = present is not None and (present.state, present.depth) == (Progress.DONE, depth)
    if not is_coming and not has_come:
        await request_import(session, integration, depth)


async def cancel_import(session: Session, integration: Integration) -> None:
    """Want no more of what is under way, if anything is; the gateway says when it has ended."""
    present = import_of(integration)
    if integration.state is State.DELETED or present is None or present.state not in UNDER_WAY:
        return
    if not present.cancelling:
        _keep(integration, present.model_copy(update={"cancelling": True}))
        await _tell_cancelled(session, integration, present.import_id)


async def _tell_cancelled(session: Session, integration: Integration, import_id: UUID | None) -> None:
    if import_id is None:
        # Its number comes with the first that the gateway says of it.
        return
    await publish_on_commit(
        session,
        ImportCancelled(
            project_id=integration.project_id,
            integration_id=integration.id,
            epoch=integration.epoch,
            import_id=import_id,
        ),
    )


async def record_progress(session: Session, told: ImportProgressed) -> None:
    """Remember the newest that the gateway says of an import; its beginning and end go on the timeline."""
    integration = await find_living(session, told.integration_id, told.epoch)
    if integration is None:
        return
    present = import_of(integration)
    if present is not None and not _is_news(present, told):
        return
    news = HistoryImport(
        import_id=told.import_id,
        depth=HistoryDepth(told.depth),
        state=Progress(told.state),
        requested_at=present.requested_at if present else session.now,
        told_at=told.told_at,
        dialogs_done=told.dialogs_done,
        dialogs_total=told.dialogs_total,
        messages_done=told.messages_done,
        messages_total=told.messages_total,
        per_second=told.per_second,
        seconds_left=told.seconds_left,
        cancelling=present is not None and present.cancelling and told.state is ImportState.RUNNING,
    )
    _keep(integration, news)
    if news.cancelling and present is not None and present.state is Progress.REQUESTED:
        # It begins only now: what was said before, without its number or ahead of the wish, ended nothing.
        await _tell_cancelled(session, integration, news.import_id)
    if present is None or (present.import_id, present.state) != (news.import_id, news.state):
        note(session, integration, _KINDS[told.state], cause=told.depth)


def _is_news(present: HistoryImport, told: ImportProgressed) -> bool:
    """Tell whether a word on an import is newer than what is known: of another import, once one is over."""
    if present.import_id not in {None, told.import_id} and present.state in UNDER_WAY:
        return False
    if present.import_id == told.import_id and present.state not in UNDER_WAY:
        return False
    # The end is told once, perhaps by a process whose clock is behind that of the one before.
    is_end = present.import_id == told.import_id and told.state is not ImportState.RUNNING
    return is_end or present.told_at is None or told.told_at > present.told_at


def _keep(integration: Integration, history_import: HistoryImport) -> None:
    integration.history_import = history_import.model_dump(mode="json")
