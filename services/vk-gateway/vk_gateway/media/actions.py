"""Writes: which files of VK are wanted, who copies them, and what became of them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5

from sqlalchemy import and_, delete, exists, or_, select, text, update

from shared.database.inserts import inserted, inserted_rows
from shared.database.session import Session
from shared.events.channel import AttachmentCopied
from shared.messaging.outbox import publish_rows_on_commit, sealed
from shared.runtime.logging import current_correlation_id
from vk_gateway.media.rules import GONE, retry_delay
from vk_gateway.tables import BuriedProject, Community, Media, MediaState

WAKE_COPIER = "wake_copier"
NAME_CHARACTERS_MAX = 200
# How long an attempt is somebody's; they say again and again that they are still at it.
CLAIM = timedelta(seconds=60)
# Literal, so that the planners see that the partial indexes fit.
IS_WANTED = text("media.state = 'wanted'")
IS_STALE = text("media.state = 'stale'")
STALE_MAX = 2
BURIED_AGAIN = timedelta(hours=1)


@dataclass(frozen=True)
class WantedCopy:
    """A file of VK's. `source` is VK's own name of it, e.g. `photo73125540_457300118`.

    The person's id and the message's number tell where to ask for a fresh link when `url` has expired. What
    is wanted for an import (`is_earlier`) is copied after everything else.
    """

    project_id: UUID
    integration_id: UUID
    source: str
    url: str
    name: str | None
    kind: str
    external_id: str | None = None
    conversation_message_id: int | None = None
    correlation_id: str | None = None
    is_earlier: bool = False


def copy_id(integration_id: UUID, source: str) -> UUID:
    """Return the id of the copy of a file: the same for the same file of an integration, for ever."""
    return uuid5(integration_id, source)


async def want_copy(
    session: Session,
    *,
    project_id: UUID,
    integration_id: UUID,
    source: str,
    url: str,
    name: str | None,
    kind: str,
    external_id: str | None = None,
    conversation_message_id: int | None = None,
) -> UUID:
    """Have a file copied, unless it is already. Returns its `file_id`."""
    wanted = WantedCopy(
        project_id=project_id,
        integration_id=integration_id,
        source=source,
        url=url,
        name=name,
        kind=kind,
        external_id=external_id,
        conversation_message_id=conversation_message_id,
    )
    return (await want_copies(session, [wanted]))[0]


async def want_copies(session: Session, wanted: Sequence[WantedCopy]) -> list[UUID]:
    """Have many files copied, in one statement. Returns their `file_id`s in the same order."""
    rows = {
        copy_id(copy.integration_id, copy.source): {
            "file_id": copy_id(copy.integration_id, copy.source),
            "project_id": copy.project_id,
            "integration_id": copy.integration_id,
            "source": copy.source,
            "url": copy.url,
            "name": copy.name[:NAME_CHARACTERS_MAX] if copy.name else None,
            "kind": copy.kind,
            "external_id": copy.external_id,
            "conversation_message_id": copy.conversation_message_id,
            "state": MediaState.WANTED,
            "fence": 0,
            "failures": 0,
            "freshened": 0,
            "next_attempt_at": session.now,
            "wanted_at": session.now,
            "correlation_id": copy.correlation_id or current_correlation_id(),
            "is_earlier": copy.is_earlier,
        }
        for copy in wanted
    }
    # In the order of their ids, so that batches side by side cannot block each other for ever.
    ordered = [rows[file_id] for file_id in sorted(rows)]
    found = await inserted_rows(session, Media, ordered, conflict=["file_id"], returning=["file_id"])
    new = {file_id for (file_id,) in found}
    urls = {copy_id(copy.integration_id, copy.source): copy.url for copy in wanted}
    again = await _want_again(session, urls, besides=new)
    await _hasten(session, {copy_id(c.integration_id, c.source) for c in wanted if not c.is_earlier} - new)
    wake: Callable[[], None] | None = session.info.get(WAKE_COPIER)
    if (new or again) and wake is not None:
        session.after_commit(wake)
    return [copy_id(copy.integration_id, copy.source) for copy in wanted]


async def _want_again(session: Session, urls: dict[UUID, str], *, besides: set[UUID]) -> bool:
    """Take fresh links for what could not be fetched by the old ones. Tells whether there was any."""
    query = select(Media).where(
        Media.file_id.in_(urls.keys() - besides),
        or_(
            Media.problem == GONE,
            IS_STALE,
            and_(Media.state == MediaState.WANTED, Media.failures > 0),
        ),
    )
    again = (await session.scalars(query.order_by(Media.file_id).with_for_update())).all()
    for media in again:
        if media.url != urls[media.file_id]:
            media.url = urls[media.file_id]
            media.state, media.problem, media.settled_at = MediaState.WANTED, None, None
            media.failures, media.freshened, media.next_attempt_at = 0, 0, session.now
    return bool(again)


async def _hasten(session: Session, file_ids: Collection[UUID]) -> None:
    """Let what an import wanted be copied like what is live: a live message has it too."""
    if file_ids:
        behind = Media.file_id.in_(file_ids) & Media.is_earlier
        await session.execute(
            update(Media).where(behind).values(is_earlier=False).execution_options(synchronize_session=False)
        )


@dataclass(frozen=True)
class Claimed:
    """A copy that is ours to make, until the claim ends."""

    file_id: UUID
    project_id: UUID
    integration_id: UUID
    url: str
    name: str | None
    kind: str
    fence: int


@dataclass(frozen=True)
class Copied:
    """What became of a copy: where it lies and what it is, or the problem it met."""

    key: str | None = None
    preview_key: str | None = None
    media_type: str | None = None
    size_bytes: int | None = None
    width: int | None = None
    height: int | None = None
    problem: str | None = None


async def claim_copies(session: Session, *, besides: Collection[UUID], limit: int) -> list[Claimed]:
    """Take due copies, the longest waiting first and those of imports last.

    Those of the integrations `besides` wait.
    """
    buried = exists().where(BuriedProject.project_id == Media.project_id)
    query = (
        select(Media)
        .where(
            IS_WANTED,
            Media.next_attempt_at <= session.now,
            Media.integration_id.notin_(besides),
            ~buried,
        )
        .order_by(Media.is_earlier, Media.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = (await session.scalars(query)).all()
    for media in claimed:
        media.fence += 1
        media.next_attempt_at = session.now + CLAIM
    return [
        Claimed(
            file_id=media.file_id,
            project_id=media.project_id,
            integration_id=media.integration_id,
            url=media.url,
            name=media.name,
            kind=media.kind,
            fence=media.fence,
        )
        for media in claimed
    ]


async def prolong_claims(session: Session, claims: Collection[Claimed]) -> None:
    """Say that these copies are still being made."""
    for claim in sorted(claims, key=lambda claim: claim.file_id):
        ours = (Media.file_id == claim.file_id) & (Media.fence == claim.fence)
        still = update(Media).where(ours, Media.state == MediaState.WANTED)
        await session.execute(still.values(next_attempt_at=session.now + CLAIM))


async def forget_claims(session: Session) -> None:
    """End every claim: right only where one process owns the whole database (SQLite)."""
    claimed = (Media.state == MediaState.WANTED) & (Media.next_attempt_at <= session.now + CLAIM)
    await session.execute(update(Media).where(claimed).values(next_attempt_at=session.now))


async def is_copy_due(session: Session, at: datetime) -> bool:
    """Whether there is anything to claim at a time, perhaps."""
    return bool(await session.scalar(select(exists().where(IS_WANTED, Media.next_attempt_at <= at))))


class Settled(StrEnum):
    """Whether what became of a copy was ours to say."""

    YES = "yes"
    LOST = "lost"
    BURIED = "buried"


async def settle_copy(session: Session, claim: Claimed, copied: Copied) -> Settled:
    """Announce what became of a copy, if the claim still holds and the project was not deleted meanwhile."""
    if await session.get(BuriedProject, claim.project_id) is not None:
        return Settled.BURIED
    media = await _claimed(session, claim)
    if media is None:
        return Settled.LOST
    await _settle(session, media, copied)
    return Settled.YES


async def _settle(session: Session, media: Media, copied: Copied) -> None:
    media.state = MediaState.FAILED if copied.problem else MediaState.READY
    media.problem = copied.problem
    media.settled_at = session.now
    community = await session.get(Community, media.integration_id)
    event = AttachmentCopied(
        project_id=media.project_id,
        integration_id=media.integration_id,
        epoch=community.epoch if community else 0,
        file_id=media.file_id,
        name=media.name,
        key=copied.key,
        preview_key=copied.preview_key,
        media_type=copied.media_type,
        size_bytes=copied.size_bytes,
        width=copied.width,
        height=copied.height,
        problem=copied.problem,
    )
    await publish_rows_on_commit(session, [sealed(session, event, correlation_id=media.correlation_id)])


async def expire_link(session: Session, claim: Claimed) -> None:
    """Ask VK for a fresh link, unless that has not helped or nobody knows where; then the file is gone."""
    media = await _claimed(session, claim)
    if media is None:
        return
    known = media.external_id is not None and media.conversation_message_id is not None
    if known and media.freshened < STALE_MAX:
        media.state, media.next_attempt_at = MediaState.STALE, session.now
        media.freshened += 1
    else:
        await _settle(session, media, Copied(problem=GONE))


async def freshen(session: Session, file_id: UUID, fence: int, url: str | None) -> None:
    """Try a stale file again by a fresh link; without one, or with the old one, it is gone."""
    media = await session.get(Media, file_id, with_for_update=True, populate_existing=True)
    if media is None or media.fence != fence or media.state is not MediaState.STALE:
        return
    if url is None or url == media.url:
        await _settle(session, media, Copied(problem=GONE))
        return
    media.url, media.state, media.next_attempt_at = url, MediaState.WANTED, session.now
    wake: Callable[[], None] | None = session.info.get(WAKE_COPIER)
    if wake is not None:
        session.after_commit(wake)


async def put_off_copy(session: Session, claim: Claimed, *, counted: bool, delay: timedelta) -> None:
    """Try a copy again later. `counted` failures make the delay grow, and end in `gone`."""
    media = await _claimed(session, claim)
    if media is None:
        return
    media.next_attempt_at = session.now + delay
    if not counted:
        return
    media.failures += 1
    growing = retry_delay(media.failures)
    if growing is None:
        await settle_copy(session, claim, Copied(problem=GONE))
    else:
        media.next_attempt_at = session.now + growing


async def _claimed(session: Session, claim: Claimed) -> Media | None:
    media = await session.get(Media, claim.file_id, with_for_update=True)
    ours = media is not None and media.fence == claim.fence and media.state is MediaState.WANTED
    return media if ours else None


async def bury_project(session: Session, project_id: UUID) -> None:
    """Copy nothing more for a deleted project; its files go next."""
    await inserted(
        session, BuriedProject, conflict=["project_id"], project_id=project_id, buried_at=session.now
    )
    await session.execute(delete(Media).where(Media.project_id == project_id))


async def list_buried(session: Session) -> Sequence[UUID]:
    """Return deleted projects whose files may not all be gone."""
    query = select(BuriedProject.project_id).where(BuriedProject.purged_at.is_(None)).limit(10)
    return (await session.scalars(query)).all()


async def note_purged(session: Session, project_id: UUID) -> None:
    """Note that a deleted project's files are gone; for good once nobody can be copying any more."""
    await session.execute(delete(Media).where(Media.project_id == project_id))
    buried = BuriedProject.project_id == project_id
    is_over = BuriedProject.buried_at < session.now - BURIED_AGAIN
    await session.execute(update(BuriedProject).where(buried, is_over).values(purged_at=session.now))
