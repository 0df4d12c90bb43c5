"""Names and pictures of the people who write, and of administrators who answer in VK (users.get)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, exists, select, tuple_, update

from shared.database.choices import among_given
from shared.database.engine import Database
from shared.database.inserts import inserted_rows, table_of
from shared.database.leases import Lease
from shared.database.prepared import Prepared
from shared.database.session import Session
from shared.events.channel import ContactUpdated
from shared.messaging.outbox import publish_on_commit
from vk_gateway.communities.moments import Moment
from vk_gateway.communities.queries import DueCommunity, find_community
from vk_gateway.tables import Community, Profile
from vk_gateway.vk.client import CommunityApi
from vk_gateway.vk.failures import VkError, VkUnclear

log = structlog.get_logger()

BATCH = 200
KEPT = timedelta(hours=24)
RETRY = timedelta(seconds=30)
FIELDS = "photo_200,photo_100,screen_name"
# VK has a page for every id, whatever short name it has.
PROFILE = "https://vk.ru/id"


class Profiles:
    """Looks up wanted profiles of one community, many in one call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, at: Moment) -> ColumnElement[bool]:
        """Return whether a profile of the community is wanted."""
        return exists().where(Profile.integration_id == Community.integration_id, Profile.wanted_at <= at.now)

    async def work(self, community: DueCommunity, api: CommunityApi, lease: Lease) -> bool:
        """Look up one batch. Returns whether more may be wanted."""
        integration_id = community.integration_id
        async with self._database.read() as session:
            wanted = await _list_wanted(session, integration_id)
        if not wanted:
            return False
        try:
            people = await api.call("users.get", user_ids=",".join(wanted), fields=FIELDS)
            found = {str(person["id"]): person for person in people}
        except (VkError, VkUnclear, KeyError, TypeError) as error:
            log.info("profiles_not_read", integration_id=str(integration_id), error=str(error))
            async with self._database.write() as session:
                await _put_off(session, integration_id, wanted)
            return False
        async with self._database.write() as session:
            await _store(session, integration_id, wanted, found)
        return len(wanted) == BATCH


async def want_profiles(session: Session, people: set[tuple[UUID, str]]) -> None:
    """Have these (integration, person) looked up: new ones, and those not looked at for a day."""
    if not people:
        return
    # Most are known and fresh: then this one look is all.
    known = await _list_known(session, people)
    rows = [
        {"integration_id": integration_id, "external_id": external_id, "wanted_at": session.now}
        for integration_id, external_id in sorted(people - known.keys())
    ]
    keys = ["integration_id", "external_id"]
    await inserted_rows(session, Profile, rows, conflict=keys, returning=keys)
    old = session.now - KEPT
    stale = [person for person, checked_at in known.items() if checked_at and checked_at < old]
    if stale:
        await session.execute(
            update(Profile)
            .where(tuple_(Profile.integration_id, Profile.external_id).in_(stale))
            .where(Profile.wanted_at.is_(None))
            .values(wanted_at=session.now)
            .execution_options(synchronize_session=False)
        )


async def _list_known(
    session: Session, people: set[tuple[UUID, str]]
) -> dict[tuple[UUID, str], datetime | None]:
    """Return when these people were last looked at, and perhaps a few more: those of another community."""
    given = {"integrations": {each[0] for each in people}, "people": {each[1] for each in people}}
    return {(row[0], row[1]): row[2] for row in await _KNOWN.run(session, given)}


_profile = table_of(Profile).c
_KNOWN = Prepared(
    select(_profile.integration_id, _profile.external_id, _profile.checked_at).where(
        among_given(_profile.integration_id, "integrations"), among_given(_profile.external_id, "people")
    )
)


async def list_names(session: Session, people: set[tuple[UUID, str]]) -> dict[tuple[UUID, str], str]:
    """Return the names that are known of these (integration, person)."""
    if not people:
        return {}
    query = select(Profile.integration_id, Profile.external_id, Profile.name).where(
        Profile.integration_id.in_({integration_id for integration_id, _ in people}),
        Profile.external_id.in_({external_id for _, external_id in people}),
        Profile.name.is_not(None),
    )
    return {(row[0], row[1]): str(row[2]) for row in (await session.execute(query)).all()}


async def _list_wanted(session: Session, integration_id: UUID) -> Sequence[str]:
    query = (
        select(Profile.external_id)
        .where(Profile.integration_id == integration_id, Profile.wanted_at <= session.now)
        .order_by(Profile.wanted_at)
        .limit(BATCH)
    )
    return (await session.execute(query)).scalars().all()


async def _put_off(session: Session, integration_id: UUID, wanted: Sequence[str]) -> None:
    chosen = (Profile.integration_id == integration_id) & Profile.external_id.in_(wanted)
    await session.execute(update(Profile).where(chosen).values(wanted_at=session.now + RETRY))


async def _store(
    session: Session, integration_id: UUID, wanted: Sequence[str], found: dict[str, dict[str, Any]]
) -> None:
    owner = await find_community(session, integration_id)
    query = select(Profile).where(Profile.integration_id == integration_id, Profile.external_id.in_(wanted))
    profiles = (await session.scalars(query.order_by(Profile.external_id).with_for_update())).all()
    if owner is None:
        return
    events = []
    for profile in profiles:
        profile.wanted_at = None
        profile.checked_at = session.now
        person = found.get(profile.external_id)
        if person is None:
            continue
        names = (person.get("first_name", ""), person.get("last_name", ""))
        profile.name = " ".join(part for part in names if part) or f"id{profile.external_id}"
        profile.avatar_url = person.get("photo_200") or person.get("photo_100")
        events.append(_updated(owner, profile, person.get("screen_name"), session.now))
    await publish_on_commit(session, *events)


def _updated(owner: Community, profile: Profile, screen_name: str | None, now: datetime) -> ContactUpdated:
    return ContactUpdated(
        project_id=owner.project_id,
        integration_id=owner.integration_id,
        epoch=owner.epoch,
        external_id=profile.external_id,
        name=profile.name or "",
        avatar_url=profile.avatar_url,
        screen_name=screen_name,
        profile_url=f"{PROFILE}{profile.external_id}",
        checked_at=now,
    )
