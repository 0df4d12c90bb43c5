"""Writes: which files of VK are wanted, who copies them, and what became of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from sqlalchemy import and_, or_, select

from shared.database.inserts import inserted_rows
from shared.database.session import Session
from shared.runtime.logging import current_correlation_id
from vk_gateway.tables import Media, MediaState

WAKE_COPIER = "wake_copier"
NAME_CHARACTERS_MAX = 200
GONE = "gone"


@dataclass(frozen=True)
class WantedCopy:
    """A file of VK's. `source` is VK's own name of it, e.g. `photo73125540_457300118`.

    The person's id and the message's number tell where to ask for a fresh link when `url` has expired.
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
            "next_attempt_at": session.now,
            "wanted_at": session.now,
            "correlation_id": copy.correlation_id or current_correlation_id(),
        }
        for copy in wanted
    }
    # In the order of their ids, so that batches side by side cannot block each other for ever.
    ordered = [rows[file_id] for file_id in sorted(rows)]
    found = await inserted_rows(session, Media, ordered, conflict=["file_id"], returning=["file_id"])
    new = {file_id for (file_id,) in found}
    urls = {copy_id(copy.integration_id, copy.source): copy.url for copy in wanted}
    again = await _want_again(session, urls, besides=new)
    wake: Callable[[], None] | None = session.info.get(WAKE_COPIER)
    if (new or again) and wake is not None:
        session.after_commit(wake)
    return [copy_id(copy.integration_id, copy.source) for copy in wanted]


async def _want_again(session: Session, urls: dict[UUID, str], *, besides: set[UUID]) -> bool:
    """Take fresh links for what could not be fetched by the old ones. Tells whether there was any."""
    query = select(Media).where(
        Media.file_id.in_(urls.keys() - besides),
        or_(Media.problem == GONE, and_(Media.state == MediaState.WANTED, Media.failures > 0)),
    )
    again = (await session.scalars(query.order_by(Media.file_id).with_for_update())).all()
    for media in again:
        if media.url != urls[media.file_id]:
            media.url = urls[media.file_id]
            media.state, media.problem, media.settled_at = MediaState.WANTED, None, None
            media.failures, media.next_attempt_at = 0, session.now
    return bool(again)
