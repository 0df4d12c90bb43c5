"""What messages hold besides text, what they were before, and what is marked on them."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select

from dialogs.messages.marks import READ_ANNOUNCED_MAX
from dialogs.tables import ButtonPress, Contact, Dialog, EarlyMark, Message, MessageFile, MessageVersion
from shared.events.accounts import ProjectDeleted
from shared.events.channel import Source
from shared.events.content import Attachment, Content, Included, Location, Style
from shared.events.dialogs import CaseClosed, CaseOpened
from tests.services.dialogs.cabinet import USER, Cabinet, edit_moment, moment
from tests.services.dialogs.streams import listening, serving
from tests.support.waiting import wait_until

PHOTO, INNER_PHOTO, VOICE = (
    UUID("00000000-0000-7000-8000-000000000001"),
    UUID("00000000-0000-7000-8000-000000000002"),
    UUID("00000000-0000-7000-8000-000000000003"),
)
LINK = Content(attachments=(Attachment(kind="link", url="https://example.com/a", title="Пример"),))


def photo(file_id: UUID = PHOTO) -> Content:
    return Content(attachments=(Attachment(kind="photo", file_id=file_id, width=800, height=600),))


async def thread(cabinet: Cabinet) -> Any:
    return await cabinet.messages((await cabinet.only_dialog())["id"])


async def versions(cabinet: Cabinet, message: Any) -> Any:
    path = f"/{message['dialog_id']}/messages/{message['id']}/versions"
    return (await cabinet.call("GET", path))["items"]


async def test_everything_that_a_message_holds_is_shown(cabinet: Cabinet) -> None:
    inner = Included(
        author_external_id="77",
        author_name="Пётр",
        text="внутри",
        sent_at=moment(0),
        attachments=(Attachment(kind="photo", file_id=INNER_PHOTO),),
        forwarded=(Included(text="ещё глубже", left_out=2),),
    )
    content = Content(
        attachments=(
            Attachment(kind="photo", original="photo", file_id=PHOTO, width=800, height=600),
            Attachment(kind="hologram", original="hologram", url="javascript:alert(1)"),
            Attachment(kind="poll", title="Куда?", options=("да", "нет"), url="https://vk.com/poll1_1"),
        ),
        location=Location(latitude=59.93, longitude=30.31, title="Невский"),
        quoted=Included(author_external_id=USER, conversation_message_id=1, text="message 1"),
        forwarded=(inner,),
        left_out=3,
        styles=(Style(kind="bold", offset=0, length=2),),
        payload='{"command":"start"}',
        is_cut=True,
    )
    await cabinet.hear(cabinet.wrote(1), cabinet.wrote(2, content=content))

    first, message = await thread(cabinet)

    assert first["content"]["attachments"] == []
    shown = message["content"]
    assert [one["kind"] for one in shown["attachments"]] == ["photo", "unsupported", "poll"]
    assert [one["original"] for one in shown["attachments"]] == ["photo", "hologram", None]
    assert [one["url"] for one in shown["attachments"]] == [None, None, "https://vk.com/poll1_1"]
    file = shown["attachments"][0]["file"]
    assert (file["id"], file["state"], file["has_preview"]) == (str(PHOTO), "copying", False)
    assert shown["attachments"][2]["options"] == ["да", "нет"]
    assert shown["location"] == {"latitude": 59.93, "longitude": 30.31, "title": "Невский"}
    assert (shown["quoted"]["message_id"], shown["quoted"]["text"]) == (first["id"], "message 1")
    forwarded = shown["forwarded"][0]
    assert (forwarded["author_name"], forwarded["text"]) == ("Пётр", "внутри")
    assert forwarded["attachments"][0]["file"]["id"] == str(INNER_PHOTO)
    assert (forwarded["forwarded"][0]["text"], forwarded["forwarded"][0]["left_out"]) == ("ещё глубже", 2)
    assert (shown["left_out"], shown["is_cut"], shown["payload"]) == (3, True, '{"command":"start"}')
    assert shown["styles"] == [{"kind": "bold", "offset": 0, "length": 2, "url": None}]
    async with cabinet.service.database.read() as session:
        held = select(MessageFile.file_id).where(MessageFile.message_id == UUID(message["id"]))
        assert set(await session.scalars(held)) == {PHOTO, INNER_PHOTO}


async def test_messages_within_messages_are_shown_as_deep_as_vk_nests_them(cabinet: Cabinet) -> None:
    nested = Included(text="самое дно", attachments=photo().attachments)
    for _ in range(45):
        nested = Included(text="<b>ещё</b>", forwarded=(nested,))
    await cabinet.hear(cabinet.wrote(1, content=Content(forwarded=(nested,))))
    (message,) = await thread(cabinet)
    (shown,) = message["content"]["forwarded"]
    for _ in range(45):
        assert shown["text"] == "<b>ещё</b>"
        (shown,) = shown["forwarded"]
    assert (shown["text"], shown["attachments"][0]["file"]["id"]) == ("самое дно", str(PHOTO))


async def test_a_list_names_what_a_message_without_words_holds(cabinet: Cabinet) -> None:
    voice = Attachment(kind="voice", file_id=VOICE, duration_seconds=4, waveform=(1, 2))
    content = Content(attachments=(*photo().attachments, *photo(INNER_PHOTO).attachments, voice))
    await cabinet.hear(cabinet.wrote(1).model_copy(update={"text": "", "content": content}))
    assert (await cabinet.only_dialog())["last_message"]["kinds"] == ["photo", "voice"]
    await cabinet.hear(cabinet.wrote(2).model_copy(update={"text": "", "unsupported": True}))
    assert (await cabinet.only_dialog())["last_message"]["kinds"] == ["unsupported"]
    forwarded = Content(forwarded=(Included(text="вот"),), location=Location(latitude=1, longitude=2))
    await cabinet.hear(cabinet.wrote(3).model_copy(update={"text": "", "content": forwarded}))
    assert (await cabinet.only_dialog())["last_message"]["kinds"] == ["location", "forwarded"]


async def test_signs_that_no_database_holds_are_replaced_inside_contents_too(
    cabinet_on_postgresql: Cabinet,
) -> None:
    cabinet = cabinet_on_postgresql
    content = Content(attachments=(Attachment(kind="document", title="a\0b", text="\u202eтекст"),), ref="\0")
    await cabinet.hear(cabinet.wrote(1, "😀\0", content=content), cabinet.pressed(1, "p\0", payload='"\0"'))
    (message,) = await thread(cabinet)
    assert message["text"] == "😀\ufffd"
    document = message["content"]["attachments"][0]
    assert (document["title"], document["text"]) == ("a\ufffdb", "\u202eтекст")
    assert message["presses"][0]["payload"] == '"\ufffd"'


async def test_edits_are_kept_as_versions_and_the_last_one_counts(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1, "первый"))
    await cabinet.hear(cabinet.edited(1, "третий", 60), cabinet.edited(1, "второй", 30, content=photo()))

    (message,) = await thread(cabinet)
    assert (message["text"], message["edits"], message["version"] > 1) == ("третий", 2, True)
    assert datetime.fromisoformat(message["edited_at"]) == edit_moment(1, 60)
    told = await versions(cabinet, message)
    assert [one["text"] for one in told] == ["первый", "второй", "третий"]
    assert told[0]["since"] is None
    assert datetime.fromisoformat(told[1]["since"]) == edit_moment(1, 30)
    assert told[1]["content"]["attachments"][0]["file"]["id"] == str(PHOTO)
    # A customer who edits does not wait anew.
    path = f"/{message['dialog_id']}"
    await cabinet.call("POST", f"{path}/close")
    await cabinet.hear(cabinet.edited(1, "четвёртый", 90))
    assert (await cabinet.only_dialog())["state"] == "closed"


async def test_a_preview_of_a_link_is_no_edit_that_people_see(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1, "вот https://example.com/a"))
    await cabinet.hear(cabinet.edited(1, "вот https://example.com/a", 2, content=LINK))

    (message,) = await thread(cabinet)
    assert (message["edits"], message["edited_at"]) == (0, None)
    assert message["content"]["attachments"][0]["kind"] == "link"
    assert len(await versions(cabinet, message)) == 1
    # Also when the original never comes, and not when something else was changed.
    await cabinet.hear(
        cabinet.edited(2, "вот https://example.com/a", 2, content=LINK), cabinet.edited(3, "иначе", 5)
    )
    _, preview, edited = await thread(cabinet)
    assert [(one["edits"], one["edited_at"] is None) for one in (preview, edited)] == [(0, True), (1, False)]


async def test_a_message_told_whole_later_is_whole_and_not_edited(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1, unsupported=True), cabinet.wrote(2, content=Content(is_cut=True)))
    before = await thread(cabinet)
    await cabinet.hear(
        cabinet.wrote(1, content=photo(), source=Source.BACKFILL),
        cabinet.wrote(2, content=Content(forwarded=(Included(text="всё"),))),
    )
    await cabinet.hear(cabinet.wrote(1, unsupported=True), cabinet.wrote(2, content=Content(is_cut=True)))

    first, second = await thread(cabinet)
    assert (first["unsupported"], first["edits"], first["source"]) == (False, 0, "live")
    assert first["content"]["attachments"][0]["kind"] == "photo"
    assert second["content"]["forwarded"][0]["text"] == "всё"
    assert [one["version"] for one in (first, second)] == [one["version"] + 1 for one in before]
    async with cabinet.service.database.read() as session:
        assert (await session.execute(select(func.count()).select_from(MessageVersion))).scalar_one() == 0


async def test_an_edit_of_our_own_reply_reaches_it_even_before_its_number_is_known(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1))
    dialog = await cabinet.only_dialog()
    reply = await cabinet.reply(dialog["id"], "ответ")
    other = await cabinet.reply(dialog["id"], "другой")
    edit: Any = {"by_customer": False, "author_external_id": "9", "author_name": "Ольга"}

    await cabinet.hear(cabinet.edited(2, "исправлено", 5, **edit), cabinet.unsent(2, 9))
    await cabinet.hear(cabinet.reacted(2, 3, 1))
    await cabinet.hear(cabinet.staff(2, "ответ"), cabinet.unsent(3))
    await cabinet.hear(cabinet.sent(reply["id"], 2), cabinet.sent(other["id"], 3))
    await cabinet.hear(cabinet.edited(3, "и это", 5, **edit))

    _, first, second = await thread(cabinet)
    assert (first["id"], first["text"], first["edits"]) == (reply["id"], "исправлено", 1)
    assert (first["author"]["name"], first["reaction"]) == ("Анна", 3)
    assert (second["id"], second["text"], second["edits"]) == (other["id"], "и это", 1)
    assert [datetime.fromisoformat(one["deleted_at"]) for one in (first, second)] == [
        edit_moment(2, 9),
        edit_moment(3, 1),
    ]
    told = await versions(cabinet, first)
    authors = [(one["text"], one["author"]["name"]) for one in told]
    assert authors == [("ответ", "Анна"), ("исправлено", "Ольга")]


async def test_a_deleted_message_keeps_its_text_for_operators(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.unsent(1, 50), cabinet.wrote(1, "я передумал", content=photo()))
    await cabinet.hear(cabinet.unsent(1, 90))

    (message,) = await thread(cabinet)
    assert message["text"] == "я передумал"
    assert datetime.fromisoformat(message["deleted_at"]) == edit_moment(1, 50)
    assert message["content"]["attachments"][0]["file"]["id"] == str(PHOTO)
    assert (await cabinet.only_dialog())["last_message"]["deleted_at"] == message["deleted_at"]


async def test_reactions_presses_and_reads_may_come_before_their_messages(cabinet: Cabinet) -> None:
    stranger = "777"
    await cabinet.hear(
        cabinet.read(4),
        cabinet.reacted(2, 5, 20),
        cabinet.reacted(2, 4, 10),
        cabinet.pressed(2, "a", '{"n":1}'),
        cabinet.pressed(2, "a", '{"n":1}'),
        cabinet.read(9, user=stranger),
        batch=False,
    )
    assert await cabinet.tab("all") + await cabinet.tab("closed") == []
    await cabinet.hear(cabinet.wrote(1), cabinet.staff(2), cabinet.staff(5))
    await cabinet.hear(cabinet.pressed(2, "b", '{"n":2}'))
    await cabinet.hear(cabinet.reacted(5, 7, 1), cabinet.pressed(2, "a", '{"n":1}'), cabinet.read(3))

    _, staff, later = await thread(cabinet)
    assert (staff["reaction"], staff["state"]) == (5, "read")
    assert [press["payload"] for press in staff["presses"]] == ['{"n":1}', '{"n":2}']
    assert (later["reaction"], later["state"], later["presses"]) == (7, "sent", [])
    assert (await cabinet.only_dialog())["read_through"] == 4
    await cabinet.hear(cabinet.reacted(5, None, 2), cabinet.reacted(5, 7, 1), batch=False)
    assert (await thread(cabinet))[2]["reaction"] is None


async def test_what_was_read_is_told_at_once_and_bounded(cabinet: Cabinet) -> None:
    many = READ_ANNOUNCED_MAX + 10
    await cabinet.hear(cabinet.wrote(1), *(cabinet.staff(number) for number in range(2, many + 2)))
    dialog = await cabinet.only_dialog()
    reply = await cabinet.reply(dialog["id"])
    await cabinet.hear(cabinet.sent(reply["id"], many + 2))
    position = (await cabinet.call("GET", f"/{dialog['id']}"))["position"]

    async with serving(cabinet) as address:
        query = f"project_id={cabinet.project}&after={position}"
        async with listening(address, query, cabinet.headers()) as stream:
            await cabinet.hear(cabinet.read(many + 2))
            await cabinet.hear(cabinet.read(5), cabinet.read(many + 2))
            await cabinet.hear(cabinet.staff(many + 3))
            changes = await stream.heard(READ_ANNOUNCED_MAX + 1)

    told = changes[:READ_ANNOUNCED_MAX]
    assert {change["message"]["state"] for change in told} == {"read"}
    assert told[-1]["message"]["id"] == reply["id"]
    assert changes[-1]["message"]["state"] == "sent"
    assert [change["dialog"]["read_through"] for change in changes] == [many + 2] * len(changes)
    (page,) = [await cabinet.call("GET", f"/{dialog['id']}/messages?limit=100")]
    assert {item["state"] for item in page["items"][1:-1]} == {"read"}


async def test_a_dialog_tells_by_which_link_its_customer_came(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(3, content=Content(ref="site_footer", ref_source="autumn")))
    await cabinet.hear(cabinet.wrote(1, content=Content(ref="flyer")), cabinet.wrote(4))
    await cabinet.hear(cabinet.edited(3, "иначе"))

    item = await cabinet.only_dialog()
    shown = await cabinet.call("GET", f"/{item['id']}")
    message = (await thread(cabinet))[1]
    assert shown["source"] == {"ref": "site_footer", "ref_source": "autumn", "message_id": message["id"]}
    assert (message["text"], message["edits"]) == ("иначе", 1)


async def test_history_takes_its_place_and_asks_for_nothing(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1, source=Source.HISTORY), cabinet.wrote(2, source=Source.HISTORY))
    item = await cabinet.only_dialog()
    assert (item["state"], item["unanswered_since"], item["unread_count"]) == ("closed", None, 0)
    assert await cabinet.announced(CaseOpened) == []

    await cabinet.hear(cabinet.wrote(4, source=Source.BACKFILL), cabinet.wrote(3, source=Source.HISTORY))
    item = await cabinet.only_dialog()
    assert (item["state"], item["unread_count"]) == ("new", 1)
    assert datetime.fromisoformat(item["unanswered_since"]) == moment(4)
    assert [one["source"] for one in await thread(cabinet)] == ["history"] * 3 + ["backfill"]

    await cabinet.call("POST", f"/{item['id']}/close")
    await cabinet.hear(cabinet.wrote(3, source=Source.BACKFILL))
    assert (await cabinet.only_dialog())["state"] == "closed"
    await cabinet.hear(cabinet.wrote(5, source=Source.BACKFILL))
    assert (await cabinet.only_dialog())["state"] == "new"
    assert len(await cabinet.announced(CaseOpened)) == 2


async def test_a_dialog_held_wholly_in_vk_is_shown_in_full_and_closed_untaken(cabinet: Cabinet) -> None:
    quoted = Included(conversation_message_id=1, text="message 1")
    quote = Content(quoted=quoted, attachments=photo().attachments)
    await cabinet.hear(
        cabinet.wrote(1, content=photo(INNER_PHOTO)),
        cabinet.staff(2, content=quote),
        cabinet.edited(2, "правка", 9, by_customer=False, author_external_id="9", content=quote),
        cabinet.read(2),
        cabinet.reacted(2, 1, 1),
        cabinet.wrote(3),
        cabinet.staff(4, source=Source.BACKFILL),
    )
    (item,) = await cabinet.tab("new")
    assert (item["unanswered_since"], item["operator"]) == (None, None)
    first, staff, _, last = await thread(cabinet)
    assert (staff["text"], staff["edits"], staff["reaction"], staff["state"]) == ("правка", 1, 1, "read")
    assert (staff["author"]["kind"], staff["author"]["name"]) == ("staff", "Ольга")
    assert staff["content"]["quoted"]["message_id"] == first["id"]
    assert (last["state"], last["source"]) == ("sent", "backfill")

    await cabinet.call("POST", f"/{item['id']}/close")
    (closed,) = await cabinet.tab("closed")
    assert closed["operator"] is None
    (case,) = await cabinet.announced(CaseClosed)
    assert case.operator_id == cabinet.anna


async def test_typing_reaches_the_open_feeds_of_its_own_project_only(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1))
    dialog = await cabinet.only_dialog()
    elsewhere = uuid4()
    about = {"project_id": str(cabinet.project), "integration_id": str(cabinet.integration)}

    async def tell(**more: Any) -> None:
        await cabinet.bus.nudge("channel.contact_typed", json.dumps(about | {"external_id": USER} | more))

    async with serving(cabinet) as address:
        foreign = cabinet.headers(projects=[elsewhere])
        async with (
            listening(address, f"project_id={cabinet.project}", cabinet.headers()) as stream,
            listening(address, f"project_id={elsewhere}", foreign) as other,
        ):
            last = stream.last_id
            await tell(project_id=str(elsewhere))
            await tell(external_id="nobody")
            await cabinet.bus.nudge("channel.contact_typed", "?")

            async def is_heard() -> bool:
                # A stream that is only just being opened may miss some.
                await tell()
                return bool(stream.of("typing"))

            await wait_until(is_heard, describe="typing")
            assert stream.last_id == last
            await cabinet.hear(cabinet.wrote(2))
            (change,) = await stream.heard(1)

    typed = {"project_id": str(cabinet.project), "dialog_id": dialog["id"]}
    assert all(line.data == typed for line in stream.of("typing"))
    assert change["message"]["text"] == "message 2"
    assert other.lines == []


async def test_nothing_of_a_deleted_project_is_left(cabinet: Cabinet) -> None:
    await cabinet.hear(cabinet.wrote(1, content=photo()), cabinet.edited(1, "иначе"))
    await cabinet.hear(cabinet.reacted(7, 1, 1), cabinet.pressed(1, "a"))
    await cabinet.hear(ProjectDeleted(project_id=cabinet.project))

    async def left() -> int:
        async with cabinet.service.database.read() as session:
            kinds = (MessageFile, MessageVersion, EarlyMark, ButtonPress, Message, Dialog, Contact)
            counts = [await session.scalar(select(func.count()).select_from(kind)) for kind in kinds]
            return sum(count or 0 for count in counts)

    assert await left() > 0

    async def is_empty() -> bool:
        return await left() == 0

    await wait_until(is_empty, describe="the rows are gone")
