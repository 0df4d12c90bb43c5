"""Reads about tags."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from dialogs.errors import TagNotFound
from dialogs.tables import Dialog, DialogTag, Tag
from dialogs.tags.schemas import TagMark, TagOut
from shared.database.choices import among
from shared.database.session import Session
from shared.http.access import Caller, Role


async def list_tags(session: Session, project_id: UUID) -> list[TagOut]:
    """Return the tags of a project, by name."""
    query = select(Tag).where(Tag.project_id == project_id).order_by(Tag.name)
    return [tag_view(tag) for tag in await session.scalars(query)]


async def lock_tag(session: Session, tag_id: UUID, *, caller: Caller, role: Role) -> Tag:
    """Return a tag of the caller's projects, locked until the commit. Raises TagNotFound, Forbidden."""
    its = select(Tag).where(Tag.id == tag_id, Tag.project_id.in_(caller.roles))
    tag = await session.scalar(its.with_for_update())
    caller.require_for(tag.project_id if tag else None, TagNotFound, role)
    if tag is None:
        raise TagNotFound
    return tag


async def tags_of(session: Session, dialogs: Sequence[Dialog]) -> dict[UUID, list[TagMark]]:
    """Return the tags of dialogs by name; dialogs without any cost nothing, all others one query."""
    tagged = [dialog.id for dialog in dialogs if dialog.has_tags]
    if not tagged:
        return {}
    query = (
        select(DialogTag.dialog_id, Tag.id, Tag.name, Tag.colour)
        .join(Tag, Tag.id == DialogTag.tag_id)
        .where(among(DialogTag.dialog_id, tagged))
        .order_by(Tag.name)
    )
    found: dict[UUID, list[TagMark]] = {}
    for row in await session.execute(query):
        found.setdefault(row.dialog_id, []).append(TagMark(id=row.id, name=row.name, colour=row.colour))
    return found


def tag_view(tag: Tag) -> TagOut:
    """Render a tag."""
    return TagOut(id=tag.id, project_id=tag.project_id, name=tag.name, colour=tag.colour)
