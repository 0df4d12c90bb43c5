"""The whole life of an integration, as the people who live with it see it (M2, M7, M8, M9, M10, M13)."""

from typing import Any

from tests.support.suite import Suite
from tests.support.suite.people import Project
from tests.support.suite.vk import Community
from tests.support.waiting import wait_until

PAST = {"dialogs": 3, "messages_each": 12, "days": 300}
LONG_SECONDS = 60.0


class Cabinet:
    """An administrator at work: one community, one widget on a site."""

    def __init__(self, suite: Suite, project: Project, community: Community) -> None:
        self.suite = suite
        self.project = project
        self.community = community
        self.widget: dict[str, Any] = {}

    async def connect(self, history: str | None = None) -> dict[str, Any]:
        """Connect with a key; give the integration once it is active."""
        connection = await self.project.key_connection(self.community.key)
        document = {
            "project_id": self.project.id,
            "channel": "vk",
            "connection_id": connection["id"],
            "community_id": self.community.id,
            "history": history,
        }
        made = await self.project.operator.post("/api/v1/integrations", document)
        return await self.project.integration_in_state(made["id"], "active")

    async def put_on_site(self, integration_id: str) -> None:
        """Make a widget with this channel."""
        operator = self.project.operator
        document = {"project_id": self.project.id, "name": "Сайт"}
        self.widget = self.widget or await operator.post("/api/v1/widgets", document)
        await operator.put(f"/api/v1/widgets/{self.widget['id']}/channels/{integration_id}")

    async def site_shows(self, *names: str) -> None:
        """Wait until visitors see these buttons."""
        site = self.suite.outsider()

        async def look() -> bool:
            answer = await site.get(f"/w/{self.widget['public_key']}.json")
            assert [channel["name"] for channel in answer.json()["channels"]] == list(names), answer.text
            return True

        await wait_until(look, LONG_SECONDS, f"buttons {names}")

    async def is_in(self, integration_id: str, state: str, reason: str | None, cure: str | None) -> None:
        """Wait until it is in this state, and says why and what to do."""
        shown = await self.project.integration_in_state(integration_id, state, LONG_SECONDS)
        assert (shown["reason"], shown["cure"]) == (reason, cure), shown

    async def is_in_after_checks(self, integration_id: str, state: str) -> dict[str, Any]:
        """Press "check now" until it is in this state."""
        operator, path = self.project.operator, f"/api/v1/integrations/{integration_id}"

        async def look() -> dict[str, Any]:
            shown: dict[str, Any] = await operator.get(path)
            if shown["state"] != state and shown["checking_since"] is None:
                await operator.post(f"{path}/checks")
            assert shown["state"] == state, shown
            return shown

        found = await wait_until(look, LONG_SECONDS, f"{state} after checks")
        assert found is not None
        return found

    async def can_reply(self, dialog_id: str, *, allowed: bool, reason: str | None) -> None:
        """Wait until the cabinet says whether one may reply."""

        async def look() -> bool:
            dialog = await self.project.operator.get(f"/api/v1/dialogs/{dialog_id}")
            assert dialog["can_reply"] == {"allowed": allowed, "reason": reason}, dialog["can_reply"]
            return True

        await wait_until(look, LONG_SECONDS, f"can_reply {reason}")

    async def is_refused(self, dialog_id: str, code: str) -> None:
        """A reply is refused for this reason."""
        document = {"client_id": f"refused-{code}", "text": "Не уйдёт"}
        answer = await self.project.operator.request(
            "POST", f"/api/v1/dialogs/{dialog_id}/messages", document
        )
        assert (answer.status_code, answer.json()["code"]) == (409, code), answer.text

    async def states(self, integration_id: str) -> list[tuple[Any, ...]]:
        """What the timeline tells of states, the oldest first."""
        page = await self.project.operator.get(f"/api/v1/integrations/{integration_id}/timeline", limit=100)
        told = [one for one in page["items"] if one["kind"] in {"linked", "state_changed", "deleted"}]
        return [(one["state"], one["cause"], one["action"], one["cure"]) for one in reversed(told)]


async def _opened(suite: Suite, name: str) -> Cabinet:
    return Cabinet(suite, await suite.new_project(), await suite.vk.new_community(name))


async def test_from_the_first_day_over_messages_switched_off_and_on_again(suite: Suite) -> None:
    cabinet = await _opened(suite, "Лавка «Утро»")
    project, vk, community = cabinet.project, suite.vk, cabinet.community
    past = (await vk.change(community, "history", PAST))["user_ids"]

    integration = await cabinet.connect(history="all")
    await cabinet.put_on_site(integration["id"])
    await cabinet.site_shows(community.name)
    for user in past:
        dialog = await project.dialog_with(user, tab="closed")
        await _is_as_in_vk(cabinet, dialog, user)
        assert (dialog["unread_count"], dialog["unanswered_since"], dialog["state"]) == (0, None, "closed")
    assert await project.dialogs("new") == []
    await vk.user_writes(community, past[0], "А я снова к вам")
    dialog = await project.dialog_with(past[0], tab="new")
    assert dialog["unread_count"] == 1

    await vk.change(community, "settings", {"messages_enabled": False})
    await cabinet.is_in(integration["id"], "unavailable", "messages_disabled", "turn_messages_on")
    await cabinet.can_reply(dialog["id"], allowed=False, reason="messages_off")
    await cabinet.is_refused(dialog["id"], "messages_off")
    await cabinet.site_shows()

    await vk.change(community, "settings", {"messages_enabled": True})
    await cabinet.is_in(integration["id"], "active", None, None)
    await cabinet.can_reply(dialog["id"], allowed=True, reason=None)
    await cabinet.site_shows(community.name)
    await project.reply(dialog["id"], "С возвращением!")
    await project.message(dialog["id"], "С возвращением!", state="sent")
    assert await cabinet.states(integration["id"]) == [
        ("active", "events_flow", "activated", None),
        ("unavailable", "messages_disabled", "replies_parked", "turn_messages_on"),
        ("active", "messages_disabled", "resumed", None),
    ]


async def test_from_a_community_deleted_at_vk_over_its_return_to_the_end_and_a_new_beginning(
    suite: Suite,
) -> None:
    cabinet = await _opened(suite, "Пекарня «Вечер»")
    project, vk, community = cabinet.project, suite.vk, cabinet.community
    user = await vk.new_user()
    integration = await cabinet.connect()
    await cabinet.put_on_site(integration["id"])
    await vk.user_writes(community, user, "Хлеб ещё есть?")
    dialog = await project.dialog_with(user)

    await vk.change(community, "delete")
    replies = ["Есть.", "И ржаной тоже.", "Заходите до восьми."]
    for number, text in enumerate(replies):
        await project.reply(dialog["id"], text, client_id=f"r{number}")
    await cabinet.is_in(integration["id"], "unavailable", "community_is_gone", "restore_the_community")
    await cabinet.can_reply(dialog["id"], allowed=True, reason="integration_unavailable")
    await cabinet.site_shows()
    await cabinet.is_in_after_checks(integration["id"], "deactivated")
    await cabinet.can_reply(dialog["id"], allowed=False, reason="integration_deactivated")
    await cabinet.is_refused(dialog["id"], "integration_deactivated")
    assert [one["state"] for one in await project.messages(dialog["id"])] == ["received", *["queued"] * 3]

    await vk.change(community, "restore")
    again = await cabinet.connect()
    assert (again["id"], again["epoch"]) == (integration["id"], integration["epoch"])
    for text in replies:
        await project.message(dialog["id"], text, state="sent")
    assert [one["text"] for one in await vk.ledger(community, user)] == ["Хлеб ещё есть?", *replies]
    await cabinet.site_shows(community.name)

    await project.operator.delete(f"/api/v1/integrations/{integration['id']}")
    await cabinet.site_shows()
    await cabinet.can_reply(dialog["id"], allowed=False, reason="integration_deleted")
    await _is_as_in_vk(cabinet, dialog, user)

    renewed = await cabinet.connect()
    assert (renewed["id"], renewed["epoch"]) == (integration["id"], integration["epoch"] + 1)
    await vk.user_writes(community, user, "А завтра?")
    await project.message(dialog["id"], "А завтра?")
    assert len(await project.dialogs()) == 1
    await cabinet.site_shows()
    await cabinet.put_on_site(integration["id"])
    await cabinet.site_shows(community.name)
    assert [state for state, *_ in await cabinet.states(integration["id"])] == [
        "active", "unavailable", "deactivated", "active", "deleted", "active",
    ]  # fmt: skip


async def _is_as_in_vk(cabinet: Cabinet, dialog: dict[str, Any], user: int) -> None:
    """Wait until the thread is what VK has, once and in its order."""
    ledger = [one["text"] for one in await cabinet.suite.vk.ledger(cabinet.community, user)]

    async def look() -> bool:
        texts = [one["text"] for one in await cabinet.project.messages(dialog["id"])]
        assert texts == ledger, texts
        return True

    await wait_until(look, LONG_SECONDS, "the thread as in VK")
