"""The API's envelopes, errors, reading methods, execute, Long Poll and faults."""

import httpx
import pytest

from tests.vk_emulator.conftest import Vk

USER = 73125540


async def test_an_error_tells_the_parameters_but_never_the_token(vk: Vk) -> None:
    error = await vk.error("messages.send", peer_id=USER, random_id=5, message="Да")
    assert error["error_code"] == 901
    assert error["error_msg"] == "Can't send messages for users without permission"
    shown = {parameter["key"]: parameter["value"] for parameter in error["request_params"]}
    assert shown == {
        "method": "messages.send", "oauth": "1", "v": "5.199",
        "peer_id": str(USER), "random_id": "5", "message": "Да",
    }  # fmt: skip


async def test_names_versions_and_tokens_are_checked(vk: Vk) -> None:
    assert (await vk.error("messages.Send"))["error_code"] == 3
    assert (await vk.error("users.get", v=""))["error_code"] == 8
    assert (await vk.error("users.get", v="5.80"))["error_code"] == 8
    assert (await vk.error("users.get", access_token="no"))["error_code"] == 5


async def test_parameters_come_by_query_form_or_multipart_but_not_by_json(vk: Vk) -> None:
    url, key = "/method/groups.getById", {"access_token": vk.key, "v": "5.199"}
    for answer in (
        await vk.client.get(url, params=key),
        await vk.client.post(url, data=key),
        await vk.client.post(url, files={name: (None, value) for name, value in key.items()}),
        await vk.client.get(url, params={"v": "5.199"}, headers={"Authorization": f"Bearer {vk.key}"}),
    ):
        assert answer.json()["response"]["groups"][0]["id"] == vk.id
    assert (await vk.client.post(url, json=key)).json()["error"]["error_code"] == 8


async def test_the_shape_of_groups_follows_the_version(vk: Vk) -> None:
    assert (await vk.response("groups.getById", v="5.131"))[0]["id"] == vk.id


async def test_revoked_keys_and_missing_rights(vk: Vk) -> None:
    weak = await vk.do("/keys", {"rights": ["messages"]})
    error = await vk.error("groups.getCallbackServers", group_id=vk.id, access_token=weak["key"])
    assert error["error_code"] == 15
    permissions = await vk.response("groups.getTokenPermissions")
    assert permissions["mask"] == 397316
    await vk.do("/keys/revoke")
    assert (await vk.error("users.get"))["error_code"] == 5


async def test_a_deleted_community_answers_errors(vk: Vk) -> None:
    await vk.do("/delete")
    assert (await vk.error("messages.getConversations"))["error_code"] == 203
    assert (await vk.response("groups.getById"))["groups"][0]["deactivated"] == "deleted"


async def test_people_are_found_by_id_and_name(vk: Vk) -> None:
    users = await vk.response("users.get", user_ids=f"{USER},vezhin,4", fields="photo_100,sex")
    assert [(user["first_name"], user["sex"]) for user in users] == [("Марина", 1), ("Пётр", 2)]
    assert (await vk.client.get(users[0]["photo_100"])).headers["content-type"].startswith("image/svg+xml")
    found = await vk.response("utils.resolveScreenName", screen_name="paper_crane")
    assert found == {"type": "group", "object_id": 218450917}
    assert await vk.response("utils.resolveScreenName", screen_name="nobody_has_this") == []


async def test_history_and_conversations_tell_the_same_story(vk: Vk) -> None:
    for text in ("раз", "два", "три"):
        await vk.user_writes(USER, text)
    await vk.response("messages.send", peer_id=USER, message="ответ", random_id=1)

    newest = await vk.response("messages.getHistory", peer_id=USER, count=2)
    assert (newest["count"], [m["text"] for m in newest["items"]]) == (4, ["ответ", "три"])
    part = await vk.response("messages.getHistory", peer_id=USER, rev=1, offset=1, count=2, extended=1)
    assert [m["text"] for m in part["items"]] == ["два", "три"]
    assert part["profiles"][0]["first_name"] == "Марина"
    listed = await vk.response("messages.getConversations")
    assert (listed["count"], listed["unread_count"]) == (1, 1)
    conversation = listed["items"][0]["conversation"]
    assert (conversation["last_conversation_message_id"], conversation["unread_count"]) == (4, 3)
    assert conversation["can_write"] == {"allowed": True}
    await vk.response("messages.markAsRead", peer_id=USER)
    [read] = (await vk.response("messages.getConversationsById", peer_ids=USER))["items"]
    assert (read["unread_count"], read["in_read_cmid"]) == (0, 4)


async def test_single_messages_and_unknown_ones(vk: Vk) -> None:
    stored = await vk.user_writes(USER, "раз")
    by_number = await vk.response(
        "messages.getByConversationMessageId", peer_id=USER, conversation_message_ids="1,9"
    )
    by_id = await vk.response("messages.getById", message_ids=f"{stored['id']},999")
    assert by_number == by_id
    assert by_id["count"] == 1


async def test_execute_runs_calls_and_tells_their_errors(vk: Vk) -> None:
    await vk.user_writes(USER, "раз")
    send = 'API.messages.send({"peer_id": %d, "random_id": 0, "message": "Да"})'
    body = await vk.call("execute", code=f"return [{send % USER}, {send % 5}, API.utils.getServerTime()];")
    assert body["response"][:2] == [2, False]
    assert body["execute_errors"] == [
        {
            "method": "messages.send",
            "error_code": 901,
            "error_msg": "Can't send messages for users without permission",
        }
    ]
    single = await vk.response("execute", code=f'return API.messages.getHistory({{"peer_id": {USER}}});')
    assert single["count"] == 2
    assert (await vk.error("execute", code="while (1) {}"))["error_code"] == 13
    many = ",".join(["API.utils.getServerTime()"] * 26)
    assert (await vk.error("execute", code=f"return [{many}];"))["error_code"] == 13


async def test_long_poll_gives_events_and_knows_its_failures(vk: Vk) -> None:
    await vk.response("groups.setLongPollSettings", group_id=vk.id, enabled=1, message_new=1)
    server = await vk.response("groups.getLongPollServer", group_id=vk.id)
    query = {"act": "a_check", "key": server["key"], "ts": server["ts"], "wait": 0}
    assert (await vk.client.get(server["server"], params=query)).json() == {"ts": server["ts"], "updates": []}
    await vk.user_writes(USER, "раз")

    found = (await vk.client.get(server["server"], params={**query, "wait": 5})).json()

    assert [update["object"]["message"]["text"] for update in found["updates"]] == ["раз"]
    assert found["ts"] == str(int(server["ts"]) + 1)
    assert (await vk.client.get(server["server"], params={**query, "key": "x"})).json() == {"failed": 2}
    assert (await vk.client.get(server["server"], params={**query, "ts": "99999"})).json() == {"failed": 3}
    old = (await vk.client.get(server["server"], params={**query, "ts": "1"})).json()
    assert old == {"failed": 1, "ts": found["ts"]}


async def test_faults_of_the_api(vk: Vk) -> None:
    await vk.user_writes(USER, "раз")
    await vk.do("/faults", {"kind": "api_error", "method": "messages.send", "code": 9, "times": 1})
    send = {"peer_id": USER, "message": "Да", "random_id": 3}
    assert (await vk.error("messages.send", **send))["error_code"] == 9
    await vk.do("/faults", {"kind": "api_error", "code": 14, "times": 1})
    assert {"captcha_sid", "captcha_img", "redirect_uri"} <= set(await vk.error("users.get"))
    await vk.do("/faults", {"kind": "api_html", "times": 1})
    await vk.do("/faults", {"kind": "api_html", "times": 1, "body": "truncated"})
    form = {"access_token": vk.key, "v": "5.199"}
    html = await vk.client.post("/method/utils.getServerTime", data=form)
    assert html.headers["content-type"].startswith("text/html")
    with pytest.raises(ValueError):
        (await vk.client.post("/method/utils.getServerTime", data=form)).json()
    await vk.do("/faults", {"kind": "api_timeout", "when": "after", "seconds": 0, "times": 1})
    with pytest.raises(httpx.TransportError):
        await vk.call("messages.send", **send)
    assert await vk.response("messages.send", **send) == 2
    await vk.do("/faults", {"kind": "rate_limit", "per_second": 0})
    assert (await vk.error("users.get"))["error_code"] == 6
    await vk.do("/faults", {"kind": "api_down"})
    assert (await vk.client.post("/method/users.get", data=form)).status_code == 502
    assert [fault["kind"] for fault in await vk.see("/faults")][-2:] == ["rate_limit", "api_down"]
    await vk.do("/faults", method="DELETE")
    assert await vk.see("/faults") == []


async def test_faults_that_make_no_sense_are_refused(vk: Vk) -> None:
    for body in ({"kind": "quake"}, {"kind": "api_error"}, {"kind": "api_down", "times": 1}, {}):
        answer = await vk.client.post(vk.path + "/faults", json=body)
        assert answer.status_code == 422, body
        assert answer.headers["content-type"] == "application/problem+json"


async def test_what_users_cannot_do_is_refused_with_a_code(vk: Vk) -> None:
    await vk.do("/settings", {"messages_enabled": False})
    answer = await vk.client.post(vk.path + f"/users/{USER}/messages", json={"text": "раз"})
    assert (answer.status_code, answer.json()["code"]) == (409, "messages_disabled")
    missing = await vk.client.get("/emulator/v1/communities/5")
    assert (missing.status_code, missing.json()["code"]) == (404, "community_not_found")


async def test_the_ledger_is_read_in_pages(vk: Vk) -> None:
    for number in range(5):
        await vk.user_writes(USER, str(number))
    path = f"{vk.path}/users/{USER}/messages"
    first = (await vk.client.get(path, params={"limit": 3})).json()
    rest = (await vk.client.get(path, params={"limit": 3, "after": first["next_cursor"]})).json()
    assert [m["text"] for m in first["items"] + rest["items"]] == ["0", "1", "2", "3", "4"]
    assert rest["next_cursor"] is None
