"""Writes of tags: the project's own, and which dialogs have them. The caller owns the transaction."""

from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from dialogs.errors import TagNameTaken, TagNotFound, TooManyTags
from dialogs.live.changes import dialog_changed, record_change
from dialogs.messages.rules import storable
from dialogs.tables import Dialog, DialogTag, Tag
from dialogs.tags.queries import lock_tag, tag_view
from dialogs.tags.schemas import TagChange, TagIn
from dialogs.threads.actions import lock_dialog
from shared.database.inserts import inserted
from shared.database.session import Session
from shared.http.access import Caller, Role

PER_PROJECT_MAX = 200
PER_DIALOG_MAX = 20


async def make_tag(session: Session, wanted: TagIn, *, caller: Caller) -> Tag:
    """Add a tag to a project. Raises ProjectNotFound, Forbidden, TagNameTaken, TooManyTags."""
    caller.require(wanted.project_id, Role.SUPERVISOR)
    its = select(func.count()).select_from(Tag).where(Tag.project_id == wanted.project_id)
    if (await session.execute(its)).scalar_one() >= PER_PROJECT_MAX:
        raise TooManyTags(tags_max=PER_PROJECT_MAX)
    tag = Tag(
        id=session.new_id(),
        project_id=wanted.project_id,
        name=storable(wanted.name),
        colour=wanted.colour,
        created_at=session.now,
    )
    session.add(tag)
    await _tell(session, tag)
    return tag


async def change_tag(session: Session, tag_id: UUID, change: TagChange, *, caller: Caller) -> Tag:
    """Give a tag another name or colour, on every dialog. Raises TagNotFound, Forbidden, TagNameTaken."""
    tag = await lock_tag(session, tag_id, caller=caller, role=Role.SUPERVISOR)
    if change.name is not None:
        tag.name = storable(change.name)
    if change.colour is not None:
        tag.colour = change.colour
    await _tell(session, tag)
    return tag


async def _tell(session: Session, tag: Tag) -> None:
    try:
        await session.flush()
    except IntegrityError:
        raise TagNameTaken from None
    payload = {"tag": tag_view(tag).model_dump(mode="json")}
    record_change(session, tag.project_id, "tag_changed", tag.id, payload)


async def delete_tag(session: Session, tag_id: UUID, *, caller: Caller) -> None:
    """Delete a tag, and take it off every dialog. Raises TagNotFound, Forbidden.

    One announcement is for all of the dialogs. Who is just putting the tag on holds its row: either this
    waits for them and then finds their dialog, or they find no tag.
    """
    tag = await lock_tag(session, tag_id, caller=caller, role=Role.SUPERVISOR)
    await session.delete(tag)
    await session.flush()
    await session.execute(delete(DialogTag).where(DialogTag.tag_id == tag.id))
    record_change(session, tag.project_id, "tag_deleted", tag.id, {"tag_id": str(tag.id)})


async def put_on(session: Session, dialog_id: UUID, tag_id: UUID, *, caller: Caller) -> Dialog:
    """Put a tag on a dialog. Again: nothing more. Raises DialogNotFound, TagNotFound, TooManyTags."""
    dialog = await lock_dialog(session, dialog_id, caller=caller)
    own = select(Tag.id).where(Tag.id == tag_id, Tag.project_id == dialog.project_id)
    if await session.scalar(own.with_for_update(read=True)) is None:
        raise TagNotFound
    names = ["dialog_id", "tag_id"]
    row = {"dialog_id": dialog.id, "tag_id": tag_id, "project_id": dialog.project_id}
    if await inserted(session, DialogTag, conflict=names, **row):
        its = select(func.count()).select_from(DialogTag).where(DialogTag.dialog_id == dialog.id)
        if (await session.execute(its)).scalar_one() > PER_DIALOG_MAX:
            raise TooManyTags(tags_max=PER_DIALOG_MAX)
        dialog.has_tags = True
        dialog_changed(session, dialog)
    return dialog


async def take_off(session: Session, dialog_id: UUID, tag_id: UUID, *, caller: Caller) -> Dialog:
    """Take a tag off a dialog. Again, or of a tag that it does not have: nothing. Raises DialogNotFound."""
    dialog = await lock_dialog(session, dialog_id, caller=caller)
    this = delete(DialogTag).where(DialogTag.dialog_id == dialog.id, DialogTag.tag_id == tag_id)
    if (await session.scalars(this.returning(DialogTag.tag_id))).all():
        left = select(DialogTag.tag_id).where(DialogTag.dialog_id == dialog.id).limit(1)
        dialog.has_tags = await session.scalar(left) is not None
        dialog_changed(session, dialog)
    return dialog
