"""Writes about an integration's health. The caller owns the transaction."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from integrations.errors import IntegrationIsDeleted
from integrations.health.cures import CHECK_AGAIN, cure_of
from integrations.health.rules import (
    Check,
    Health,
    Limits,
    after_check,
    after_link,
    is_stale,
    look,
)
from integrations.registry.queries import find_living, is_living, lock_all
from integrations.states import Kind, State
from integrations.tables import Integration
from integrations.timeline.actions import note
from shared.database.session import Session
from shared.events.channel import AccountChecked, FailureKind
from shared.events.integrations import CheckRequested, IntegrationStateChanged
from shared.messaging.outbox import publish_on_commit

# A check that nobody answered for so long may be asked for again.
ANSWER_AWAITED = timedelta(seconds=30)
ALL_WELL = "all_well"


def health_of(integration: Integration) -> Health:
    """Read the health out of a row."""
    values = {field.name: getattr(integration, field.name) for field in fields(Health)}
    return Health(**values | {"warnings": tuple(integration.warnings)})


def keep_health(integration: Integration, health: Health) -> None:
    """Write the health into a row."""
    for field in fields(Health):
        setattr(integration, field.name, getattr(health, field.name))
    integration.warnings = list(health.warnings)


async def record_link(session: Session, integration_id: UUID, *, epoch: int, limits: Limits) -> None:
    """Events flow: a connecting integration becomes active. Repeats and earlier epochs change nothing."""
    integration = await find_living(session, integration_id, epoch)
    if integration is None or integration.linked:
        return
    before = health_of(integration)
    keep_health(integration, after_link(before, now=session.now, limits=limits))
    note(session, integration, Kind.LINKED, cause="events_flow", action="activated")
    if integration.state is not before.state:
        await _announce(session, integration)


async def record_checks(session: Session, told: Sequence[AccountChecked], limits: Limits) -> None:
    """Take checks of accounts into account, in their order; what changes goes on the timeline."""
    integrations = await lock_all(session, {check.integration_id for check in told})
    for check in told:
        integration = integrations.get(check.integration_id)
        if integration is not None and is_living(integration, check.epoch):
            await _record_check(session, integration, check, limits)


async def _record_check(
    session: Session, integration: Integration, told: AccountChecked, limits: Limits
) -> None:
    before, is_wanted = health_of(integration), told.request_id is not None
    is_wanted = is_wanted and told.request_id == integration.check_id
    check = Check(
        checked_at=told.checked_at,
        problem=told.problem,
        kind=told.kind,
        is_probe=told.is_probe,
        warnings=tuple(sorted(set(told.warnings))),
        is_wanted=is_wanted,
    )
    late = is_stale(before, check, connected_at=integration.connected_at, now=session.now)
    if late and not is_wanted:
        return
    integration.last_event_at = told.last_event_at or integration.last_event_at
    if told.replies_queued is not None:
        integration.replies_queued = told.replies_queued
    after = after_check(before, check, now=session.now, limits=limits)
    keep_health(integration, after)
    if is_wanted:
        integration.check_id = integration.check_requested_at = None
        note(session, integration, Kind.CHECKED, cause=check.problem or ALL_WELL)
    _note_findings(session, integration, before, after)
    for action in told.actions:
        note(session, integration, Kind.ACTION_TAKEN, cause=_cause_of(before, after), action=action)
    await _tell(session, integration, before)


async def look_again(session: Session, integration_id: UUID, limits: Limits) -> None:
    """Carry out a change that was held back, if it is still called for; somebody else's row is left alone."""
    query = select(Integration).where(Integration.id == integration_id, Integration.state != State.DELETED)
    integration = (await session.scalars(query.with_for_update(skip_locked=True))).one_or_none()
    if integration is None or integration.next_look_at is None:
        return
    before = health_of(integration)
    keep_health(integration, look(before, now=session.now, limits=limits))
    await _tell(session, integration, before)


async def request_check(session: Session, integration: Integration) -> UUID:
    """Ask the gateway to look now; while an answer is awaited, the same request. Its row must be locked.

    Raises IntegrationIsDeleted.
    """
    if integration.state is State.DELETED:
        raise IntegrationIsDeleted
    asked_at = integration.check_requested_at
    if integration.check_id and asked_at and timedelta(0) <= session.now - asked_at < ANSWER_AWAITED:
        return integration.check_id
    integration.check_id, integration.check_requested_at = session.new_id(), session.now
    note(session, integration, Kind.CHECK_REQUESTED, cause="requested_by_admin")
    await publish_on_commit(
        session,
        CheckRequested(
            project_id=integration.project_id,
            integration_id=integration.id,
            epoch=integration.epoch,
            request_id=integration.check_id,
        ),
    )
    return integration.check_id


def _note_findings(session: Session, integration: Integration, before: Health, after: Health) -> None:
    # What may pass by itself is told once it lasts, with the change of the state.
    if before.problem != after.problem:
        if before.problem and before.problem_kind is not FailureKind.TRANSIENT:
            note(session, integration, Kind.PROBLEM_GONE, cause=before.problem)
        if after.problem and after.problem_kind is not FailureKind.TRANSIENT:
            note(session, integration, Kind.PROBLEM_FOUND, cause=after.problem, cure=cure_of(after.problem))
        integration.last_changed_at = session.now
    for code in sorted(set(before.warnings) - set(after.warnings)):
        note(session, integration, Kind.WARNING_GONE, cause=code)
    for code in sorted(set(after.warnings) - set(before.warnings)):
        note(session, integration, Kind.WARNING_FOUND, cause=code, cure=cure_of(code))


def _cause_of(before: Health, after: Health) -> str | None:
    """Return what the gateway did something about: what is wrong, or was until then."""
    for health in (after, before):
        if health.problem or health.warnings:
            return health.problem or health.warnings[0]
    return None


async def _tell(session: Session, integration: Integration, before: Health) -> None:
    """Announce another state or another reason for it, with a line of the timeline."""
    if (integration.state, integration.reason) == (before.state, before.reason):
        return
    note(
        session,
        integration,
        Kind.STATE_CHANGED,
        cause=integration.reason or before.reason,
        action=_done_about(integration),
        cure=cure_now(integration),
    )
    await _announce(session, integration)


def _done_about(integration: Integration) -> str | None:
    match integration.state:
        case State.UNAVAILABLE if integration.reason_kind is FailureKind.TRANSIENT:
            return "retrying"
        case State.UNAVAILABLE:
            return "replies_parked"
        case State.DEACTIVATED:
            return "stopped_sending"
        case State.ACTIVE:
            return "resumed"
        case _:
            return None


def cure_now(integration: Integration) -> str | None:
    """Return what an administrator can do about an integration as it is; None when there is nothing to do."""
    if integration.state is State.DEACTIVATED and integration.problem is None:
        return CHECK_AGAIN
    cause = integration.reason or integration.problem
    return cure_of(cause) if cause else None


async def _announce(session: Session, integration: Integration) -> None:
    integration.version += 1
    integration.last_changed_at = session.now
    await publish_on_commit(
        session,
        IntegrationStateChanged(
            project_id=integration.project_id,
            integration_id=integration.id,
            channel=integration.channel,
            community_id=integration.community_id,
            epoch=integration.epoch,
            version=integration.version,
            state=integration.state,
            reason=integration.reason,
        ),
    )
