"""Two operators at one dialog: whose it is, and what the other has replied meanwhile."""

from typing import Any

from sqlalchemy import or_, select

from dialogs.cases.actions import take_case
from dialogs.errors import ColleagueReplied, DialogIsTaken
from dialogs.messages.composing import Wanted
from dialogs.states import Author, DialogState, MessageState
from dialogs.tables import Dialog, Message, Operator
from shared.database.session import Session
from shared.http.access import Caller
from shared.http.problems import Problem

REFUSALS: tuple[type[Problem], ...] = (DialogIsTaken, ColleagueReplied)


async def take_turn(session: Session, dialog: Dialog, wanted: Wanted, *, caller: Caller) -> None:
    """Let a reply into a locked dialog that a colleague has only if it shall be taken over, and take it.

    Programs write where they like and take nothing away. Raises DialogIsTaken, ColleagueReplied.
    """
    is_anothers = dialog.state is DialogState.TAKEN and dialog.operator_id != caller.operator_id
    if is_anothers and not wanted.take_over and not caller.is_program:
        raise DialogIsTaken(operator=await _owner(session, dialog))
    if wanted.seen_number is not None:
        await _require_nothing_new(session, dialog, wanted.seen_number, caller)
    if is_anothers and wanted.take_over:
        await take_case(session, dialog, caller.operator_id)


async def _owner(session: Session, dialog: Dialog) -> dict[str, Any]:
    known = await session.get(Operator, {"project_id": dialog.project_id, "id": dialog.operator_id})
    return {"id": str(dialog.operator_id), "name": known.name if known else None}


async def _require_nothing_new(session: Session, dialog: Dialog, seen_number: int, caller: Caller) -> None:
    theirs = or_(Message.author == Author.STAFF, Message.author_id != caller.operator_id)
    query = (
        select(Message)
        .where(
            Message.dialog_id == dialog.id,
            Message.anchor > seen_number,
            Message.author != Author.CUSTOMER,
            Message.state != MessageState.FAILED,
            theirs,
        )
        .order_by(Message.anchor.desc(), Message.sub.desc())
        .limit(1)
    )
    found = await session.scalar(query)
    if found is not None:
        author_id = str(found.author_id) if found.author_id else None
        author = {"kind": found.author.value, "id": author_id, "name": found.author_name}
        raise ColleagueReplied(author=author, message_id=str(found.id))
