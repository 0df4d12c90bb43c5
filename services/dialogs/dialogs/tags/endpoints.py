"""Tags over REST: a project's own, and those of a dialog."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter

from dialogs.errors import DialogNotFound, TagNameTaken, TagNotFound, TooManyTags
from dialogs.tags import actions
from dialogs.tags.queries import list_tags, tag_view
from dialogs.tags.schemas import TagChange, TagIn, TagOut
from dialogs.threads.schemas import DialogSummary
from dialogs.threads.views import dialog_views
from shared.http.access import ProjectNotFound, SignedIn
from shared.http.pages import Page
from shared.http.problems import Forbidden, explained
from shared.http.transaction import ReadOnly, Transaction

router = APIRouter(prefix="/api/v1/dialogs", tags=["tags"])


@router.get("/tags", responses=explained(ProjectNotFound))
async def list_tags_of_a_project(caller: SignedIn, session: ReadOnly, project_id: UUID) -> Page[TagOut]:
    """List the tags of a project by name, at most 200, all on one page."""
    caller.require(project_id)
    return Page(items=await list_tags(session, project_id), next_cursor=None)


@router.post(
    "/tags",
    status_code=HTTPStatus.CREATED,
    responses=explained(ProjectNotFound, Forbidden, TagNameTaken, TooManyTags),
)
async def make_tag(wanted: TagIn, caller: SignedIn, session: Transaction) -> TagOut:
    """Add a tag to a project; supervisors and higher roles may."""
    return tag_view(await actions.make_tag(session, wanted, caller=caller))


@router.patch("/tags/{tag_id}", responses=explained(TagNotFound, Forbidden, TagNameTaken))
async def change_tag(tag_id: UUID, change: TagChange, caller: SignedIn, session: Transaction) -> TagOut:
    """Give a tag another name or colour, wherever it is."""
    return tag_view(await actions.change_tag(session, tag_id, change, caller=caller))


@router.delete(
    "/tags/{tag_id}", status_code=HTTPStatus.NO_CONTENT, responses=explained(TagNotFound, Forbidden)
)
async def delete_tag(tag_id: UUID, caller: SignedIn, session: Transaction) -> None:
    """Delete a tag; no dialog has it any more."""
    await actions.delete_tag(session, tag_id, caller=caller)


@router.put("/{dialog_id}/tags/{tag_id}", responses=explained(DialogNotFound, TagNotFound, TooManyTags))
async def put_tag_on(dialog_id: UUID, tag_id: UUID, caller: SignedIn, session: Transaction) -> DialogSummary:
    """Put a tag on a dialog, at most 20. Again: nothing more."""
    dialog = await actions.put_on(session, dialog_id, tag_id, caller=caller)
    return (await dialog_views(session, [dialog]))[dialog.id]


@router.delete("/{dialog_id}/tags/{tag_id}", responses=explained(DialogNotFound))
async def take_tag_off(
    dialog_id: UUID, tag_id: UUID, caller: SignedIn, session: Transaction
) -> DialogSummary:
    """Take a tag off a dialog. Again: nothing more."""
    dialog = await actions.take_off(session, dialog_id, tag_id, caller=caller)
    return (await dialog_views(session, [dialog]))[dialog.id]
