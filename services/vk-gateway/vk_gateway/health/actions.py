"""Writes about an account's health. The caller owns the transaction.

The community's row is locked first, that of its reception before that of its health.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from shared.database.session import Session
from shared.events.channel import AccountChecked
from shared.messaging.outbox import publish_on_commit
from vk_gateway.communities.queries import LIVE
from vk_gateway.health import rules
from vk_gateway.health.tables import Health
from vk_gateway.history.actions import want_sweep
from vk_gateway.history.tables import Reception
from vk_gateway.outgoing.actions import hold_replies
from vk_gateway.tables import Community, LinkState, Outgoing

TOLD_EVERY = timedelta(minutes=5)
CONFIRMED_AFTER = timedelta(seconds=1)
# A reply that VK refuses though the account is well tries again after this.
SENDING_HELD = timedelta(seconds=60)
PERIOD = timedelta(seconds=45)


async def begin_health(session: Session, community: Community, connector_id: int | None) -> Health:
    """Begin with an epoch, or go on with another key: then what was said of the old one is open again."""
    health = await _locked(session, community.integration_id)
    if health is None:
        health = Health(integration_id=community.integration_id)
        session.add(health)
    if health.epoch != community.epoch:
        health.epoch = community.epoch
        health.problem = None
        health.warnings, health.actions, health.requests = [], [], []
        health.told, health.told_at = [None, None, []], session.now
        health.messages_off = False
        health.failures = 0
    health.suspicion, health.by_sending = None, False
    community.sending_problem = None
    health.project_id = community.project_id
    health.connector_id = connector_id
    health.connector_left = False
    health.next_probe_at = session.now + PERIOD
    await session.flush()
    return health


async def suspect(
    session: Session, integration_id: UUID, epoch: int, problem: str, *, by_sending: bool = False
) -> None:
    """VK refused something because of the account: ask nothing more before a probe has looked, at once.

    While the community is being linked that is the look: with another key replies go out meanwhile.
    """
    found = await _living(session, integration_id, epoch)
    if found is None or rules.parks(found[1].problem):
        return
    community, health = found
    community.is_parked = True
    health.by_sending = by_sending or (health.by_sending and health.suspicion is not None)
    health.suspicion = problem if by_sending else health.suspicion or problem
    health.next_probe_at = session.now


async def want_check(session: Session, integration_id: UUID, epoch: int, request_id: UUID) -> None:
    """Somebody wants to know how an account is: look at everything now, and answer."""
    community = await lock_community(session, integration_id)
    reception = await session.get(Reception, integration_id, with_for_update=True)
    health = await _locked(session, integration_id)
    if community is None or health is None or community.epoch != epoch:
        return
    health.requests = [*health.requests, str(request_id)]
    health.next_probe_at = session.now
    if community.link_state is LinkState.LINKING:
        community.next_duty_at = session.now
    if reception is not None:
        reception.next_watch_at = session.now


async def settle_probe(
    session: Session,
    community: Community,
    finding: rules.Finding,
    *,
    period: timedelta = PERIOD,
    is_sure: bool = False,
) -> None:
    """Store what a probe of an account (locked) found, and tell it.

    A problem that only a person can cure is looked at twice before it is told, unless `is_sure`; meanwhile
    nothing is asked of VK. While VK does not answer, what was known stays.
    """
    health = await _locked(session, community.integration_id)
    if health is None or health.epoch != community.epoch:
        return
    if finding.messages_off is not None:
        health.messages_off = finding.messages_off
    problem = finding.problem or (rules.MESSAGES_DISABLED if health.messages_off else None)
    if rules.parks(problem) and not is_sure and problem != health.problem and health.suspicion is None:
        health.suspicion = problem
        community.is_parked = True
        health.next_probe_at = session.now + CONFIRMED_AFTER
        return
    health.failures = health.failures + 1 if problem else 0
    health.next_probe_at = session.now + rules.next_probe_in(period, problem, health.failures)
    if problem == rules.VK_UNAVAILABLE and rules.parks(health.problem):
        return
    if problem is None:
        await _recover(session, community, health)
    else:
        health.problem = problem
    if problem != rules.VK_UNAVAILABLE:
        health.suspicion = None
        community.is_parked = rules.parks(problem)
    if finding.problem is None:
        noted = [warning for warning in health.warnings if warning == rules.DOCUMENTS_ARE_OFF]
        health.warnings = [*finding.warnings, *noted]
    is_failed = problem is not None or (health.by_sending and community.sending_problem is not None)
    if problem != rules.VK_UNAVAILABLE:
        health.by_sending = False
    await _tell(session, community, health, is_probe=is_failed)


async def _recover(session: Session, community: Community, health: Health) -> None:
    """The account is well. What VK said to a reply may stand all the same, e.g. that it wants a captcha."""
    integration_id = community.integration_id
    if health.suspicion is not None and health.by_sending:
        community.sending_problem = health.suspicion
        await hold_replies(session, integration_id, SENDING_HELD)
    elif community.sending_problem is not None and not await _count_waiting(session, integration_id):
        community.sending_problem = None
    if health.problem is not None:
        await want_sweep(session, integration_id)
    health.problem = None


async def note_messages(session: Session, integration_id: UUID, epoch: int, *, on: bool) -> None:
    """VK says that the community's messages were switched on or off: probe at once, nothing else if off."""
    found = await _linked(session, integration_id, epoch)
    if found is None:
        return
    community, health = found
    health.messages_off = not on
    health.next_probe_at = session.now
    if not on and not rules.parks(health.problem):
        health.suspicion = health.suspicion or rules.MESSAGES_DISABLED
        community.is_parked = True


async def note_documents(session: Session, integration_id: UUID, epoch: int, *, on: bool) -> None:
    """The community takes documents, or does not: said by an event, or by a document on its way."""
    found = await _linked(session, integration_id, epoch)
    if found is not None and on == (rules.DOCUMENTS_ARE_OFF in found[1].warnings):
        rest = [warning for warning in found[1].warnings if warning != rules.DOCUMENTS_ARE_OFF]
        found[1].warnings = rest if on else [*rest, rules.DOCUMENTS_ARE_OFF]
        await _tell(session, *found)


async def note_officer(
    session: Session, integration_id: UUID, epoch: int, person_id: int, *, is_admin: bool
) -> None:
    """Somebody's role changed: whether the key still may do its work is probed at once."""
    found = await _linked(session, integration_id, epoch)
    if found is None:
        return
    _, health = found
    health.next_probe_at = session.now
    if person_id == health.connector_id:
        health.connector_left = not is_admin
        await _tell(session, *found)


async def note_sent(session: Session, integration_id: UUID, epoch: int) -> None:
    """VK takes replies again."""
    found = await _linked(session, integration_id, epoch)
    if found is not None and found[0].sending_problem is not None:
        found[0].sending_problem = None
        await _tell(session, *found)


async def tell_health(
    session: Session, integration_id: UUID, epoch: int, *, actions: tuple[str, ...] = ()
) -> None:
    """Tell what is different, and what was done about it, unless the epoch is over."""
    found = await _linked(session, integration_id, epoch)
    if found is not None:
        community, health = found
        health.actions = [*health.actions, *actions]
        await _tell(session, community, health)


async def _tell(session: Session, community: Community, health: Health, *, is_probe: bool = False) -> None:
    """Publish it at once when something is different or asked for, else every few minutes."""
    reception = await session.get(Reception, community.integration_id)
    problem = health.problem or community.sending_problem
    kind = rules.kind_of(problem)
    warnings = {*health.warnings, rules.warning_of_transport(reception.reason if reception else None)}
    if health.connector_left:
        warnings.add(rules.CONNECTOR_LOST_ADMIN)
    shown = sorted(warning for warning in warnings if warning is not None)
    state: list[Any] = [problem, kind, shown]
    is_due = abs(session.now - health.told_at) >= TOLD_EVERY
    if not (state != health.told or is_due or is_probe or health.actions or health.requests):
        return
    seen_at = (
        [at for at in (reception.callback_seen_at, reception.long_poll_seen_at) if at] if reception else []
    )
    told = AccountChecked(
        project_id=community.project_id,
        integration_id=community.integration_id,
        epoch=community.epoch,
        problem=problem,
        checked_at=session.now,
        kind=kind,
        is_probe=is_probe,
        warnings=tuple(shown),
        actions=tuple(health.actions),
        last_event_at=max(seen_at, default=None),
        replies_queued=await _count_waiting(session, community.integration_id),
    )
    answers = [told.model_copy(update={"request_id": UUID(request)}) for request in health.requests]
    await publish_on_commit(session, *(answers or [told]))
    health.told, health.told_at = state, session.now
    health.actions, health.requests = [], []


async def _count_waiting(session: Session, integration_id: UUID) -> int:
    query = select(func.count()).where(
        Outgoing.integration_id == integration_id, Outgoing.settled_at.is_(None)
    )
    return (await session.execute(query)).scalar_one()


async def _living(session: Session, integration_id: UUID, epoch: int) -> tuple[Community, Health] | None:
    """Return a community of an epoch that lasts, and its health, both locked."""
    community = await lock_community(session, integration_id)
    if community is None or community.epoch != epoch or community.link_state not in LIVE:
        return None
    health = await _locked(session, integration_id)
    return None if health is None else (community, health)


async def _linked(session: Session, integration_id: UUID, epoch: int) -> tuple[Community, Health] | None:
    """Return a community that is linked, and its health, both locked."""
    found = await _living(session, integration_id, epoch)
    return found if found is not None and found[0].link_state is LinkState.LINKED else None


async def lock_community(session: Session, integration_id: UUID) -> Community | None:
    """Return a community as it is now, locked."""
    await session.flush()
    return await session.get(Community, integration_id, with_for_update=True, populate_existing=True)


async def _locked(session: Session, integration_id: UUID) -> Health | None:
    await session.flush()
    return await session.get(Health, integration_id, with_for_update=True, populate_existing=True)
