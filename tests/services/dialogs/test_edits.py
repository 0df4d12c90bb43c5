"""What an edit of a customer's message changes, and what it leaves alone."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from shared.events.content import Attachment, Content
from tests.services.dialogs.cabinet import Cabinet

PHOTO = Content(attachments=(Attachment(kind="photo", file_id=uuid4(), width=800, height=600),))


async def _thread(cabinet: Cabinet) -> Any:
    return await cabinet.messages((await cabinet.only_dialog())["id"])


async def test_an_edit_does_not_take_away_what_came_with_the_message(cabinet: Cabinet) -> None:
    sent = Content(ref="flyer", ref_source="autumn", payload='{"button":1}')
    first, second = cabinet.wrote(1, content=sent), cabinet.wrote(2, content=sent)
    await cabinet.hear(first)
    await cabinet.hear(cabinet.edited(1, "иначе", content=PHOTO))
    await cabinet.hear(cabinet.edited(2, "иначе", content=PHOTO))
    await cabinet.hear(second)

    for message in await _thread(cabinet):
        content = message["content"]
        assert (message["text"], content["attachments"][0]["kind"]) == ("иначе", "photo")
        assert (content["ref"], content["ref_source"], content["payload"]) == (
            sent.ref,
            sent.ref_source,
            sent.payload,
        )


async def test_of_edits_within_a_second_the_later_version_counts(
    cabinet: Cabinet, cabinet_on_postgresql: Cabinet
) -> None:
    await _edit_twice_in_a_second(cabinet)
    await _edit_twice_in_a_second(cabinet_on_postgresql)


async def _edit_twice_in_a_second(cabinet: Cabinet) -> None:
    # A gateway writes the number of a version into the microseconds.
    earlier, later = cabinet.edited(1, "второй", 30.000017), cabinet.edited(1, "третий", 30.000018)
    await cabinet.hear(cabinet.wrote(1, "первый"), later, earlier, batch=False)
    await cabinet.hear(later, earlier)

    (message,) = await _thread(cabinet)
    assert (message["text"], message["edits"]) == ("третий", 2)
    path = f"/{message['dialog_id']}/messages/{message['id']}/versions"
    told = (await cabinet.call("GET", path))["items"]
    assert [one["text"] for one in told] == ["первый", "второй", "третий"]
    assert [datetime.fromisoformat(one["since"]) for one in told[1:]] == [earlier.edited_at, later.edited_at]
