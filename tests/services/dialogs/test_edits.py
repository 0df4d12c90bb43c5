"""What an edit of a customer's message changes, and what it leaves alone."""

from datetime import datetime
from itertools import count, permutations
from typing import Any
from uuid import uuid4

from shared.events.content import Attachment, Content
from shared.events.envelope import Event
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


async def test_versions_hold_what_was_told_of_each_in_any_order(cabinet: Cabinet) -> None:
    plain, sent = Content(is_cut=True), Content(ref="flyer", payload="{}", is_cut=True)
    numbers = count(1)

    async def refs(*contents: Content, order: tuple[int, ...], batch: bool) -> list[str | None]:
        """Hear of a message, and of an edit with each of the contents; return what its versions hold."""
        number = next(numbers)
        told: list[Event] = [cabinet.wrote(number, "первый", content=sent)]
        told += [cabinet.edited(number, "второй", content=content) for content in contents]
        await cabinet.hear(*(told[place] for place in order), batch=batch)
        message = (await _thread(cabinet))[-1]
        path = f"/{message['dialog_id']}/messages/{message['id']}/versions"
        return [
            one["content"] and one["content"]["ref"] for one in (await cabinet.call("GET", path))["items"]
        ]

    for batch in (True, False):
        for order in permutations(range(2)):
            assert await refs(plain, order=order, batch=batch) == ["flyer", None]
        for order in permutations(range(3)):
            assert await refs(plain, sent, order=order, batch=batch) == ["flyer", "flyer"]


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
