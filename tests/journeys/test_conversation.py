"""A VK user and an operator talk with each other (M1, M11, M12, M14)."""

from collections.abc import Callable

from tests.support.suite import Suite
from tests.support.suite.feed import FeedEvent
from tests.support.suite.people import Project
from tests.support.waiting import wait_until


async def test_a_users_message_is_answered_in_the_cabinet_and_the_answer_arrives_in_vk(suite: Suite) -> None:
    project = await suite.new_project()
    community = await suite.vk.new_community("Пекарня «Колос»")
    integration = await project.connect_by_key(community)
    user = await suite.vk.new_user("Мария", "Орлова")

    async with project.following() as feed:
        await suite.vk.user_writes(community, user, "Здравствуйте! Есть ржаной хлеб?")
        event = await feed.wait_for(_brings("Здравствуйте! Есть ржаной хлеб?"), "the user's message")
        dialog = await project.dialog_with(user, tab="new")
        await project.reply(dialog["id"], "Есть, до восьми вечера.")
        await feed.wait_for(_brings("Есть, до восьми вечера.", state="sent"), "the sent answer")

    assert event.data["dialog"]["id"] == dialog["id"]
    await wait_until(lambda: _is_named(project, user, "Мария Орлова"), describe="the VK name")
    assert (dialog["channel"], dialog["integration_id"]) == ("vk", integration["id"])
    assert dialog["community_name"] == "Пекарня «Колос»"
    ledger = await suite.vk.ledger(community, user)
    assert [(message["out"], message["text"]) for message in ledger] == [
        (0, "Здравствуйте! Есть ржаной хлеб?"),
        (1, "Есть, до восьми вечера."),
    ]
    answer = await project.message(dialog["id"], "Есть, до восьми вечера.", state="sent")
    assert answer["conversation_message_id"] == ledger[1]["conversation_message_id"]
    assert answer["author"]["kind"] == "operator"


async def test_the_same_answer_sent_twice_arrives_in_vk_once(suite: Suite) -> None:
    project = await suite.new_project()
    community = await suite.vk.new_community()
    await project.connect_by_key(community)
    user = await suite.vk.new_user()
    await suite.vk.user_writes(community, user, "Когда вы открываетесь?")
    dialog = await project.dialog_with(user)

    first = await project.reply(dialog["id"], "В девять.", client_id="a")
    again = await project.reply(dialog["id"], "В девять.", client_id="a")
    await project.reply(dialog["id"], "И до восьми.", client_id="b")
    await project.message(dialog["id"], "И до восьми.", state="sent")

    assert first["id"] == again["id"]
    ledger = await suite.vk.ledger(community, user)
    assert [m["text"] for m in ledger if m["out"]] == ["В девять.", "И до восьми."]


async def test_what_an_administrator_answers_in_vk_is_shown_with_their_name(suite: Suite) -> None:
    project = await suite.new_project()
    community = await suite.vk.new_community()
    await project.connect_by_key(community)
    user = await suite.vk.new_user()
    await suite.vk.user_writes(community, user, "Вы доставляете?")
    dialog = await project.dialog_with(user)

    await suite.vk.admin_replies(community, user, "Да, по всему городу.")

    async def named() -> bool:
        message = await project.message(dialog["id"], "Да, по всему городу.")
        author = message["author"]
        return bool(author["kind"] == "staff" and author["name"] == community.admin_name)

    await wait_until(named, describe="the administrator's name")
    closed = await project.operator.post(f"/api/v1/dialogs/{dialog['id']}/close")
    assert closed["state"] == "closed"
    assert [one["id"] for one in await project.dialogs("closed")] == [dialog["id"]]


async def test_a_later_message_continues_the_same_thread(suite: Suite) -> None:
    project = await suite.new_project()
    community = await suite.vk.new_community()
    await project.connect_by_key(community)
    user = await suite.vk.new_user()
    texts = [f"Сообщение {number}" for number in range(1, 8)]

    for text in texts:
        await suite.vk.user_writes(community, user, text)

    dialog = await project.dialog_with(user)
    await project.message(dialog["id"], texts[-1])
    await wait_until(lambda: _has(project, dialog["id"], texts), describe="all messages in order")
    assert len(await project.dialogs()) == 1


async def _has(project: Project, dialog_id: str, texts: list[str]) -> bool:
    messages = await project.messages(dialog_id)
    return [message["text"] for message in messages] == texts


async def _is_named(project: Project, user_id: int, name: str) -> bool:
    return bool((await project.dialog_with(user_id))["contact"]["name"] == name)


def _brings(text: str, **expected: str) -> Callable[[FeedEvent], bool]:
    def fits(event: FeedEvent) -> bool:
        message = event.data.get("message") if isinstance(event.data, dict) else None
        return bool(message and message["text"] == text and expected.items() <= message.items())

    return fits
