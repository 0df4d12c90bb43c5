"""VK ID and the consent to communities: what people are asked, what applications get, what goes wrong."""

import base64
import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import pytest

from tests.vk_emulator.conftest import EmulatorProcess, Vk, new_community

APP_ID = "53014871"
SECRET = "kQ7ZtR2mVbX4wLpN8sYd"
SERVICE_KEY = "5f0c1b7d5f0c1b7d5f0c1b7d9e5f1c"
REDIRECT = "http://127.0.0.1:8080/back"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
STATE = "s" * 32
PERSON = 90412

Json = dict[str, Any]


@pytest.fixture(autouse=True)
async def calm(client: httpx.AsyncClient) -> None:
    """The application is treated as at the start."""
    await client.request("DELETE", "/emulator/v1/app/faults")
    await client.post("/emulator/v1/app", json={"groups_scope": "granted", "token_shape": "groups"})


async def fault(client: httpx.AsyncClient, kind: str, **options: Any) -> None:
    answer = await client.post("/emulator/v1/app/faults", json={"kind": kind, **options})
    assert answer.status_code == 201, answer.text


def identity_query(**more: str) -> dict[str, str]:
    return {
        "response_type": "code", "client_id": APP_ID, "redirect_uri": REDIRECT, "state": STATE,
        "code_challenge": CHALLENGE, "code_challenge_method": "s256",
        "scope": "vkid.personal_info groups", **more,
    }  # fmt: skip


def community_query(*group_ids: int, **more: str) -> dict[str, str]:
    return {
        "response_type": "code", "client_id": APP_ID, "redirect_uri": REDIRECT, "state": "моё+1&2",
        "v": "5.199", "group_ids": ",".join(map(str, group_ids)), "scope": "messages,photos,docs,manage",
        **more,
    }  # fmt: skip


async def decide(
    client: httpx.AsyncClient, path: str, query: dict[str, str], person: int, decision: str = "allow"
) -> Json:
    """What the browser brings back to the application."""
    form = {"query": urlencode(query), "person": str(person), "decision": decision}
    answer = await client.post(path, data=form)
    assert answer.status_code == 303, answer.text
    address = answer.headers["location"]
    assert address.startswith(REDIRECT + "?")
    return dict(parse_qsl(urlsplit(address).query))


async def exchange(client: httpx.AsyncClient, back: Json, **more: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code", "code": back["code"], "code_verifier": VERIFIER,
        "client_id": APP_ID, "device_id": back["device_id"], "redirect_uri": REDIRECT, "state": STATE, **more,
    }  # fmt: skip
    return await client.post("/id/oauth2/auth", data=form)


async def sign_in(client: httpx.AsyncClient, person: int = PERSON, **query: str) -> Json:
    back = await decide(client, "/id/authorize", identity_query(**query), person)
    tokens: Json = (await exchange(client, back)).json()
    assert "access_token" in tokens, tokens
    return tokens


async def keys_for(client: httpx.AsyncClient, code: str, **more: str) -> httpx.Response:
    form = {"client_id": APP_ID, "client_secret": SECRET, "redirect_uri": REDIRECT, "code": code, **more}
    return await client.post("/oauth/access_token", data=form)


async def api(client: httpx.AsyncClient, name: str, token: str, **more: Any) -> Json:
    answer = await client.post(f"/method/{name}", data={"access_token": token, "v": "5.199", **more})
    body: Json = answer.json()
    return body


async def test_vk_id_gives_a_person_once_for_a_code(client: httpx.AsyncClient) -> None:
    back = await decide(client, "/id/authorize", identity_query(), PERSON)
    assert (back["state"], back["type"], back["expires_in"]) == (STATE, "code_v2", "600")

    # The web SDK puts everything but the code into the query.
    query = {
        "grant_type": "authorization_code", "code_verifier": VERIFIER, "client_id": APP_ID,
        "device_id": back["device_id"], "redirect_uri": REDIRECT, "state": STATE,
    }  # fmt: skip
    tokens = (await client.post("/id/oauth2/auth", params=query, data={"code": back["code"]})).json()
    assert (tokens["user_id"], tokens["state"], tokens["expires_in"]) == (PERSON, STATE, 3600)
    assert set(tokens["scope"].split()) == {"vkid.personal_info", "groups"}
    again = await exchange(client, back)
    assert (again.status_code, again.json()["error"], again.json()["state"]) == (200, "invalid_grant", STATE)

    who = {"access_token": tokens["access_token"], "client_id": APP_ID}
    user = (await client.post("/id/oauth2/user_info", data=who)).json()["user"]
    assert (user["user_id"], user["first_name"], user["last_name"]) == (str(PERSON), "Пётр", "Вежин")
    masked = {"id_token": tokens["id_token"], "client_id": APP_ID}
    assert (await client.post("/id/oauth2/public_info", data=masked)).json()["user"]["last_name"] == "В."


async def test_refresh_tokens_rotate_and_consents_end(client: httpx.AsyncClient) -> None:
    back = await decide(client, "/id/authorize", identity_query(), PERSON)
    first = (await exchange(client, back)).json()
    refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], "client_id": APP_ID}
    wrong = await client.post("/id/oauth2/auth", data={**refresh, "device_id": "another"})
    assert wrong.json()["error"] == "invalid_request"
    refresh["device_id"] = back["device_id"]
    second = (await client.post("/id/oauth2/auth", data=refresh)).json()
    assert second["access_token"] != first["access_token"]
    used = (await client.post("/id/oauth2/auth", data=refresh)).json()
    assert used["error_description"] == "refresh_token is missing or invalid"

    who = {"access_token": second["access_token"], "client_id": APP_ID}
    assert (await client.post("/id/oauth2/logout", data=who)).json() == {"response": 1}
    assert (await client.post("/id/oauth2/user_info", data=who)).json()["error"] == "invalid_token"
    third = await sign_in(client)
    who = {"access_token": third["access_token"], "client_id": APP_ID}
    assert (await client.post("/id/oauth2/revoke", data=who)).json() == {"response": 1}
    error = (await api(client, "users.get", third["access_token"]))["error"]
    assert error["error_code"] == 5


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"state": "short"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"prompt": "none"}, "login_required"),
    ],
)
async def test_vk_id_sends_wrong_requests_back(client: httpx.AsyncClient, more: Json, error: str) -> None:
    answer = await client.get("/id/authorize", params=identity_query(**more))
    assert answer.status_code == 303
    assert parse_qs(urlsplit(answer.headers["location"]).query)["error"] == [error]


async def test_a_known_person_is_let_in_without_a_page(client: httpx.AsyncClient) -> None:
    async def silently() -> str:
        answer = await client.get("/id/authorize", params=identity_query(prompt="none"))
        return str(answer.headers["location"])

    form = {"person": "58210394", "back": "/id/authorize?prompt=login&state=1"}
    signed_in = await client.post("/id/sign-in", data=form)
    assert signed_in.headers["location"] == "/id/authorize?state=1"
    elsewhere = await client.post("/id/sign-in", data={**form, "back": "https://evil.example/id/authorize"})
    assert elsewhere.status_code == 422

    assert "error=interaction_required" in await silently()
    token = (await sign_in(client, 58210394))["access_token"]
    assert "code=" in await silently()
    await client.post("/emulator/v1/app/sessions/end", json={"user_id": 58210394})
    assert "error=interaction_required" in await silently()
    assert (await api(client, "users.get", token))["error"]["error_code"] == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": "https://evil.example/back"},
        {"redirect_uri": "http://evil.example\\@127.0.0.1/"},
        {"redirect_uri": "http://127.0.0.1@evil.example/"},
        {"client_id": "1"},
    ],
)
async def test_nobody_is_sent_to_an_untrusted_address(client: httpx.AsyncClient, wrong: Json) -> None:
    asked = {"/id/authorize": identity_query(), "/oauth/authorize": community_query(218450917)}
    for page, query in asked.items():
        answer = await client.get(page, params={**query, **wrong})
        assert "location" not in answer.headers
        assert answer.status_code in (400, 401)
        for decision in ("allow", "cancel"):
            form = {"query": urlencode({**query, **wrong}), "person": str(PERSON), "decision": decision}
            assert "location" not in (await client.post(page, data=form)).headers


async def test_a_code_needs_its_verifier_its_device_and_its_address(client: httpx.AsyncClient) -> None:
    for wrong in ({"code_verifier": "w" * 64}, {"device_id": "x"}, {"redirect_uri": REDIRECT + "/"}):
        back = await decide(client, "/id/authorize", identity_query(), PERSON)
        assert (await exchange(client, back, **wrong)).json()["error"] == "invalid_grant", wrong
    await fault(client, "oauth_code_life", seconds=0)
    back = await decide(client, "/id/authorize", identity_query(), PERSON)
    late = (await exchange(client, back)).json()
    assert late["error_description"] == "Code is expired."
    cancelled = await decide(client, "/id/authorize", identity_query(), PERSON, "cancel")
    assert (cancelled["error"], cancelled["state"]) == ("access_denied", STATE)


async def test_an_administrator_gives_keys_for_several_communities(client: httpx.AsyncClient) -> None:
    first, second = await new_community(client), await new_community(client)
    await second.do(f"/admins/{first.admin_id}/level", {"level": 3})
    query = community_query(first.id, second.id, scope="266240")
    back = await decide(client, "/oauth/authorize", query, first.admin_id)
    assert back["state"] == "моё+1&2"
    answer = (await keys_for(client, back["code"])).json()
    assert [group["group_id"] for group in answer["groups"]] == [first.id, second.id]
    assert answer["expires_in"] == 0
    key = answer["groups"][1]["access_token"]
    assert (await api(client, "groups.getById", key))["response"]["groups"][0]["id"] == second.id
    granted = (await api(client, "groups.getTokenPermissions", key))["response"]
    assert [one["name"] for one in granted["permissions"]] == ["messages", "manage"]
    lacking = (await api(client, "photos.getMessagesUploadServer", key))["error"]
    assert lacking["error_code"] == 15
    used = await keys_for(client, back["code"])
    assert (used.status_code, used.json()["error"]) == (401, "invalid_grant")

    await client.post("/emulator/v1/app", json={"token_shape": "named"})
    back = await decide(client, "/oauth/authorize", query, first.admin_id)
    named = (await keys_for(client, back["code"])).json()
    assert set(named) == {f"access_token_{first.id}", f"access_token_{second.id}", "expires_in"}


async def test_only_administrators_of_all_communities_may_allow(client: httpx.AsyncClient, vk: Vk) -> None:
    other = await new_community(client)
    query = community_query(vk.id, other.id)
    refused = await decide(client, "/oauth/authorize", query, vk.admin_id)
    assert refused["error"] == "access_denied"
    await vk.do("/admins/8123/level", {"level": 2})
    editor = await decide(client, "/oauth/authorize", community_query(vk.id), 8123)
    assert editor["error"] == "access_denied"
    await vk.do("/ban")
    banned = await decide(client, "/oauth/authorize", community_query(vk.id), vk.admin_id)
    assert banned["error"] == "access_denied"
    cancelled = await decide(client, "/oauth/authorize", query, vk.admin_id, "cancel")
    assert cancelled["error_reason"] == "user_denied"
    for wrong in ("group_ids=", "group_ids=1", "scope=magic", "v=", "response_type=x"):
        answer = await client.get("/oauth/authorize", params={**query, **dict([wrong.split("=")])})
        assert "error=" in answer.headers["location"], wrong


async def test_keys_need_the_secret_and_the_same_address(client: httpx.AsyncClient, vk: Vk) -> None:
    back = await decide(client, "/oauth/authorize", community_query(vk.id), vk.admin_id)
    for wrong, status, description in (
        ({"client_secret": "x"}, 401, "client_secret is incorrect"),
        ({"client_id": "1"}, 401, "client_id is incorrect"),
        ({"redirect_uri": REDIRECT + "?x"}, 400, "redirect_uri is incorrect, check application redirect uri"),
    ):
        answer = await keys_for(client, back["code"], **wrong)
        assert answer.status_code == status
        assert answer.json()["error_description"].startswith(description)
    query = {"client_id": APP_ID, "client_secret": SECRET, "redirect_uri": REDIRECT, "code": back["code"]}
    assert "groups" in (await client.get("/oauth/access_token", params=query)).json()
    identity = await decide(client, "/id/authorize", identity_query(), vk.admin_id)
    assert (await keys_for(client, identity["code"])).json()["error"] == "invalid_grant"


async def test_people_and_the_application_call_what_is_theirs(client: httpx.AsyncClient, vk: Vk) -> None:
    await vk.do("/settings", {"messages_enabled": False})
    await (editor := await new_community(client)).do(f"/admins/{vk.admin_id}/level", {"level": 2})
    token = (await sign_in(client, vk.admin_id))["access_token"]
    wanted = {"filter": "admin", "extended": 1, "fields": "can_message"}
    mine = (await api(client, "groups.get", token, **wanted))["response"]
    [found] = mine["items"]
    assert (mine["count"], found["id"], found["admin_level"], found["can_message"]) == (1, vk.id, 3, 0)
    wider = (await api(client, "groups.get", token, filter="editor"))["response"]
    assert wider == {"count": 2, "items": [vk.id, editor.id]}
    assert (await api(client, "users.get", token))["response"][0]["id"] == vk.admin_id
    rated = [await api(client, "utils.getServerTime", token) for _ in range(4)]
    assert rated[-1]["error"]["error_code"] == 6

    for name, key, code, text in (
        ("groups.get", vk.key, 27, "method is unavailable with group auth."),
        ("messages.getConversations", SERVICE_KEY, 28, "method is unavailable with service token."),
        ("groups.getById", SERVICE_KEY, 100, "group_ids is undefined"),
    ):
        error = (await api(client, name, key))["error"]
        assert error["error_code"] == code
        assert error["error_msg"].endswith(text)
    resolved = await api(client, "utils.resolveScreenName", SERVICE_KEY, screen_name=f"club{vk.id}")
    assert resolved["response"] == {"type": "group", "object_id": vk.id}
    public = (await api(client, "groups.getById", SERVICE_KEY, group_id=vk.id))["response"]["groups"][0]
    assert "is_admin" not in public


async def test_without_the_groups_scope_communities_stay_unknown(client: httpx.AsyncClient) -> None:
    await client.post("/emulator/v1/app", json={"groups_scope": "dropped"})
    tokens = await sign_in(client)
    assert tokens["scope"] == "vkid.personal_info"
    error = (await api(client, "groups.get", tokens["access_token"], filter="admin"))["error"]
    assert error["error_code"] == 15
    assert (await api(client, "messages.send", tokens["access_token"]))["error"]["error_code"] == 15
    await client.post("/emulator/v1/app", json={"groups_scope": "refused"})
    answer = await client.get("/id/authorize", params=identity_query())
    assert "error=invalid_scope" in answer.headers["location"]


async def test_troubles_of_oauth(client: httpx.AsyncClient, vk: Vk) -> None:
    async def code() -> str:
        back = await decide(client, "/oauth/authorize", community_query(vk.id), vk.admin_id)
        return str(back["code"])

    spent = await code()
    await fault(client, "oauth_timeout", when="after", seconds=0, flow="communities", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await keys_for(client, spent)
    assert (await keys_for(client, spent)).json()["error_description"] == "Code is invalid or expired."

    await fault(client, "oauth_down", times=1)
    assert (await keys_for(client, await code())).status_code == 502
    await fault(client, "oauth_error", error="temporarily_unavailable", status=503, times=1)
    down = await keys_for(client, await code())
    assert (down.status_code, down.json()["error"]) == (503, "temporarily_unavailable")
    await fault(client, "oauth_error_200", times=1)
    assert (await keys_for(client, "unknown")).status_code == 200
    await fault(client, "oauth_html", times=1)
    assert "text/html" in (await keys_for(client, await code())).headers["content-type"]
    await fault(client, "oauth_old_shape", times=1)
    assert f"access_token_{vk.id}" in (await keys_for(client, await code())).json()
    await fault(client, "oauth_fewer_rights", right="manage", times=1)
    weak = (await keys_for(client, await code())).json()["groups"][0]["access_token"]
    assert (await api(client, "groups.getCallbackServers", weak, group_id=vk.id))["error"]["error_code"] == 15
    await fault(client, "oauth_wrong_state", times=1)
    back = await decide(client, "/oauth/authorize", community_query(vk.id), vk.admin_id)
    assert back["state"] != "моё+1&2"
    await fault(client, "oauth_payload", times=1)
    back = await decide(client, "/id/authorize", identity_query(), PERSON)
    assert set(back) == {"payload"}
    await fault(client, "oauth_token_life", seconds=0)
    token = (await sign_in(client))["access_token"]
    assert "has expired" in (await api(client, "users.get", token))["error"]["error_msg"]


async def test_consents_survive_a_crash_and_other_vks_are_possible(tmp_path: Path) -> None:
    # This seed draws the older shape, real status codes, and codes that one wrong try burns.
    emulator = EmulatorProcess(tmp_path, seed="11")
    emulator.start()
    async with httpx.AsyncClient(base_url=emulator.url, trust_env=False) as client:
        tokens = await sign_in(client)
        identity = await decide(client, "/id/authorize", identity_query(), PERSON)
        communities = await decide(client, "/oauth/authorize", community_query(218450917), PERSON)
        emulator.kill()

        emulator.start()
        keys = (await keys_for(client, communities["code"])).json()
        assert set(keys) == {"access_token_218450917", "expires_in"}
        assert (await exchange(client, identity, code_verifier="w" * 64)).status_code == 401
        assert (await exchange(client, identity)).json()["error"] == "invalid_grant"
        assert (await api(client, "users.get", tokens["access_token"]))["response"][0]["id"] == PERSON
    emulator.kill()
