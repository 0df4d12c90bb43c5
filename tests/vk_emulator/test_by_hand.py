"""What administrators do by hand in VK's settings, and what VK does to communities."""

from tests.support.waiting import wait_until
from tests.vk_emulator.conftest import Receiver, Vk
from tests.vk_emulator.test_consent import community_query, decide, keys_for

USER = 73125540


async def test_servers_are_changed_added_and_deleted_by_hand(vk: Vk, receiver: Receiver) -> None:
    server_id = await vk.connect(receiver, secret="ours")
    await vk.do(f"/callback-servers/{server_id}", {"secret_key": "theirs", "events": ["message_new"]})
    await vk.user_writes(USER, "раз")
    await wait_until(lambda: bool(receiver.events))
    assert [event["secret"] for event in receiver.events] == ["theirs"]
    settings = await vk.response("groups.getCallbackSettings", group_id=vk.id, server_id=server_id)
    assert [flag for flag, value in settings["events"].items() if value] == ["message_new"]

    elsewhere = {"url": f"{receiver.url}?x", "api_version": "5.131"}
    moved = await vk.do(f"/callback-servers/{server_id}", elsewhere)
    assert (moved["status"], moved["api_version"]) == ("wait", "5.131")
    confirmed = await vk.do(f"/callback-servers/{server_id}", {"url": receiver.url, "confirm": True})
    assert confirmed["status"] == "failed"
    foreign = await vk.do("/callback-servers", {"url": "https://crm.example/vk", "title": "CRM"})
    assert foreign["status"] == "ok"
    await vk.do(f"/callback-servers/{server_id}", method="DELETE")
    left = await vk.response("groups.getCallbackServers", group_id=vk.id)
    assert [server["url"] for server in left["items"]] == ["https://crm.example/vk"]
    nonsense = {"url": "ftp://x", "events": ["message_lost"], "api_version": "5.1", "status": "fine"}
    for name, value in nonsense.items():
        answer = await vk.client.post(f"{vk.path}/callback-servers/{foreign['id']}", json={name: value})
        assert answer.status_code == 422, name


async def test_one_key_is_deleted_and_the_others_live(vk: Vk) -> None:
    other = await vk.do("/keys", {"rights": ["messages", "manage"]})
    assert [key["rights"] for key in await vk.see("/keys")][1] == ["messages", "manage"]
    await vk.do("/keys/revoke", {"key": vk.key})
    assert (await vk.error("groups.getById"))["error_code"] == 5
    assert (await vk.response("groups.getById", access_token=other["key"]))["groups"][0]["id"] == vk.id


async def test_settings_tell_what_changed(vk: Vk, receiver: Receiver) -> None:
    await vk.connect(receiver, flags=("group_change_settings",))
    await vk.do("/settings", {"docs_enabled": False, "name": "Новое имя", "messages_enabled": True})
    await vk.response("groups.setSettings", group_id=vk.id, docs=1)
    await wait_until(lambda: len(receiver.events) == 2)
    changes = sorted(receiver.events, key=lambda event: len(event["object"]["changes"]))
    assert changes[0]["object"]["changes"] == {"docs": {"old_value": 0, "new_value": 1}}
    assert changes[1]["object"]["changes"] == {
        "docs": {"old_value": 1, "new_value": 0},
        "title": {"old_value": "Тестовое сообщество", "new_value": "Новое имя"},
    }


async def test_a_banned_community_comes_back(vk: Vk) -> None:
    await vk.do("/ban")
    assert (await vk.error("messages.getConversations"))["error_code"] == 203
    assert (await vk.response("groups.getById"))["groups"][0]["deactivated"] == "banned"
    refused = await vk.client.post(f"{vk.path}/users/{USER}/messages", json={"text": "раз"})
    assert refused.status_code == 409
    await vk.do("/restore")
    assert "deactivated" not in (await vk.response("groups.getById"))["groups"][0]
    assert (await vk.user_writes(USER, "раз"))["conversation_message_id"] == 1


async def test_a_key_may_depend_on_the_one_who_gave_it(vk: Vk) -> None:
    back = await decide(vk.client, "/oauth/authorize", community_query(vk.id), vk.admin_id)
    answer = (await keys_for(vk.client, back["code"])).json()
    given = answer.get(f"access_token_{vk.id}") or answer["groups"][0]["access_token"]
    listing = {"group_id": vk.id, "access_token": given}
    await vk.do("/faults", {"kind": "giver_left", "code": 203})
    assert (await vk.response("groups.getCallbackServers", **listing))["count"] == 0
    await vk.do(f"/admins/{vk.admin_id}/level", {"level": 2})
    assert (await vk.error("groups.getCallbackServers", **listing))["error_code"] == 203
    assert (await vk.response("groups.getCallbackServers", group_id=vk.id))["count"] == 0
    await vk.do("/faults", method="DELETE")
    assert (await vk.response("groups.getCallbackServers", **listing))["count"] == 0
