"""The list that is looked through before a community is saved, and switching its messages on."""

from typing import Any
from uuid import uuid4

import pytest

from shared.events.audit import ActionRecorded
from tests.services.vk_gateway.conftest import Gateway
from tests.services.vk_gateway.consenting import CONNECTIONS, Browser, says
from vk_gateway.connections.inspection import messages_enabled_by

Line = tuple[str, str | None, str | None]


class Pasted:
    """A connection made with a community's key."""

    def __init__(self, gateway: Gateway, community: dict[str, Any]) -> None:
        self.browser = Browser(gateway, uuid4())
        self.community = community
        self.id = ""

    async def paste(self, key: str | None = None) -> "Pasted":
        body = {"project_id": str(self.browser.project_id), "method": "key"}
        made = await self.browser.good("POST", "", {**body, "key": key or self.community["key"]})
        self.id = made["id"]
        return self

    @property
    def path(self) -> str:
        return f"/{self.id}/communities/{self.community['id']}"

    async def checks(self) -> dict[str, dict[str, Any]]:
        items = (await self.browser.good("POST", f"{self.path}/checks"))["items"]
        return {item["check"]: item for item in items}

    async def lines(self) -> dict[str, Line]:
        checks = await self.checks()
        return {name: (one["state"], one["cause"], one["cure"]) for name, one in checks.items()}


async def test_what_vk_does_not_tell_is_shown_as_unknown(gateway: Gateway) -> None:
    pasted = await Pasted(gateway, await gateway.vk.community()).paste()

    assert await pasted.lines() == {
        "administrator": ("unknown", "key_does_not_tell", None),
        "messages": ("unknown", "vk_does_not_tell", "switch_messages_on"),
        "rights": ("passed", None, None),
        "callback_slot": ("passed", None, None),
        "address": ("unknown", "not_tried_yet", None),
        "upload": ("unknown", "nobody_to_try_with", None),
    }


async def test_everything_passes_once_it_is_known(gateway: Gateway) -> None:
    """A person has written, and the community is connected: its own server is there and confirmed."""
    community = await gateway.vk.community()
    await gateway.vk.user_writes(community["id"], 73125540, "Здравствуйте")
    await gateway.connect(community)
    browser = Browser(gateway, uuid4())
    connection_id, page = await browser.begin()
    await browser.land(await says(page, person=community["admin_id"]))
    consent = await browser.choose(connection_id, community["id"])
    await browser.land(await says(consent, person=community["admin_id"]))

    answer = await browser.good("POST", f"/{connection_id}/communities/{community['id']}/checks")

    assert {line["check"]: line["state"] for line in answer["items"]} == dict.fromkeys(
        ("administrator", "messages", "rights", "callback_slot", "address", "upload"), "passed"
    )
    offered = (await browser.shown(connection_id))["communities"]
    assert [(one["claimed_by"], one["is_admin"]) for one in offered] == [("other_project", True)]


async def test_full_callback_slots_are_named_and_left_alone(gateway: Gateway) -> None:
    community = await gateway.vk.community()
    path = f"/communities/{community['id']}"
    for number in range(10):
        server = {"url": f"https://crm.example/{number}", "title": f"CRM {number}"}
        await gateway.vk.call("POST", f"{path}/callback-servers", json=server)
    before = (await gateway.vk.call("GET", path))["callback_servers"]
    pasted = await Pasted(gateway, community).paste()

    line = (await pasted.checks())["callback_slot"]

    assert (line["state"], line["cause"]) == ("warning", "callback_servers_full")
    assert line["cure"] == "remove_a_callback_server"
    assert line["details"] == [f"CRM {number}" for number in range(10)]
    assert (await gateway.vk.call("GET", path))["callback_servers"] == before


async def test_messages_that_are_off_are_seen_and_switched_on_by_a_word(gateway: Gateway) -> None:
    community = await gateway.vk.community()
    path = f"/communities/{community['id']}"
    await gateway.vk.user_writes(community["id"], 73125540, "Есть кто?")
    await gateway.vk.call("POST", f"{path}/settings", json={"messages_enabled": False})
    pasted = await Pasted(gateway, community).paste()
    before = (await pasted.lines())["messages"]

    no = await pasted.browser.call("PUT", f"{pasted.path}/messages", {"enabled": False})
    yes = await pasted.browser.good("PUT", f"{pasted.path}/messages", {"enabled": True})

    assert before == ("failed", "messages_disabled", "switch_messages_on")
    assert no.status_code == 422
    assert yes["messages_enabled"] is True
    assert (await gateway.vk.call("GET", path))["messages_enabled"] is True
    assert (await pasted.lines())["messages"] == ("passed", None, None)
    assert "vk.messages_switched_on" in {one.action for one in await gateway.said(ActionRecorded)}


@pytest.mark.parametrize(
    ("rights", "refused", "upload"),
    [
        (["messages", "photos", "docs"], ["manage"], None),
        (["manage"], ["messages"], None),
        (["messages", "manage"], None, ["photos", "docs"]),
        (["messages", "manage", "photos"], None, ["docs"]),
    ],
)
async def test_rights_that_are_missing_are_named(
    gateway: Gateway, rights: list[str], refused: list[str] | None, upload: list[str] | None
) -> None:
    """Without those it cannot work with, a key is not taken at all; without those for files it warns."""
    community = await gateway.vk.community()
    made = await gateway.vk.call("POST", f"/communities/{community['id']}/keys", json={"rights": rights})
    browser = Browser(gateway, uuid4())
    body = {"project_id": str(browser.project_id), "method": "key", "key": made["key"]}

    answer = await browser.call("POST", "", body)

    if refused is not None:
        assert (answer.status_code, answer.json()["code"]) == (422, "key_lacks_rights")
        assert answer.json()["missing"] == refused
        return
    path = f"/{answer.json()['id']}/communities/{community['id']}/checks"
    line = next(one for one in (await browser.good("POST", path))["items"] if one["check"] == "upload")
    assert (line["state"], line["cause"], line["details"]) == ("warning", "rights_missing", upload)


async def test_documents_that_are_off_are_a_warning(gateway: Gateway) -> None:
    community = await gateway.vk.community()
    await gateway.vk.user_writes(community["id"], 73125540, "Здравствуйте")
    settings = {"docs_enabled": False}
    await gateway.vk.call("POST", f"/communities/{community['id']}/settings", json=settings)
    pasted = await Pasted(gateway, community).paste()

    assert (await pasted.lines())["upload"] == ("warning", "documents_are_off", "switch_documents_on")


async def test_a_key_that_died_and_vk_that_is_away_are_told_apart(gateway: Gateway) -> None:
    community = await gateway.vk.community()
    pasted = await Pasted(gateway, community).paste()
    await gateway.vk.fault(community["id"], "api_error", code=10)
    away = await pasted.lines()
    await gateway.vk.mend(community["id"])
    await gateway.vk.call("POST", f"/communities/{community['id']}/keys/revoke")
    dead = await pasted.lines()

    assert away["rights"] == ("unknown", "vk_unavailable", "try_again")
    assert away["callback_slot"] == ("unknown", "vk_unavailable", "try_again")
    assert dead["rights"] == ("failed", "key_revoked", "give_access_anew")
    assert dead["messages"] == ("unknown", "vk_does_not_tell", "switch_messages_on")


async def test_a_foreign_projects_connection_cannot_be_looked_at(gateway: Gateway) -> None:
    pasted = await Pasted(gateway, await gateway.vk.community()).paste()
    stranger = Browser(gateway, uuid4())

    for method, path, body in (
        ("POST", f"{pasted.path}/checks", None),
        ("PUT", f"{pasted.path}/messages", {"enabled": True}),
        ("GET", f"/{pasted.id}", None),
    ):
        answer = await stranger.call(method, path, body)
        assert (answer.status_code, answer.json()["code"]) == (404, "connection_not_found"), CONNECTIONS


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], None),
        ([None, {"allowed": False, "reason": 900}], None),
        ([{"allowed": False, "reason": 915}], False),
        ([{"allowed": False, "reason": 915}, {"allowed": True}], True),
    ],
)
def test_one_dialog_that_may_be_written_to_proves_that_messages_are_on(
    verdicts: list[Any], expected: bool | None
) -> None:
    conversations = [{"conversation": {"can_write": verdict}} for verdict in verdicts]
    assert messages_enabled_by(conversations) is expected
