"""README's "your own community in two minutes", word by word, with the emulator in VK's place."""

import re
import sys

import httpx

from tests.support.process import Process
from tests.support.undertaker import undertaker
from tests.support.waiting import free_port, wait_blocking, wait_until

LINK = re.compile(r"https?://\S+/enrolments/\S+")


async def test_a_pasted_key_is_enough_and_nothing_public_is_needed() -> None:
    port, vk_port = free_port(), free_port()
    base, vk_base = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{vk_port}"
    folder = undertaker.make_folder("own")
    vk = Process(
        [sys.executable, "-m", "vk_emulator"],
        name="vk-for-own",
        env={"EMULATOR_PORT": str(vk_port), "EMULATOR_DATA": str(folder / "vk")},
    ).start()
    otklik = Process(
        [sys.executable, "-m", "embedded"],
        name="own-community",
        env={
            "OTKLIK_DATA": str(folder / "own"),
            "OTKLIK_PORT": str(port),
            "OTKLIK_DEMO": "0",
            "VK_GATEWAY_VK_API_URL": f"{vk_base}/method",
        },
    ).start()
    vk.wait_ready(lambda: _answers(f"{vk_base}/health/ready"), 60)
    otklik.wait_ready(lambda: _answers(f"{base}/health/ready"), 60)
    wait_blocking(lambda: LINK.search(otklik.log()) is not None, 30, "the first administrator's link")
    found = LINK.search(otklik.log())
    assert found is not None

    headers = {"X-Otklik-Request": "1", "Origin": base}
    async with httpx.AsyncClient(headers=headers, trust_env=False, timeout=60) as call:
        community = (await call.get(f"{vk_base}/emulator/v1/communities")).json()["items"][0]
        person = {"email": "you@example.org", "name": "Вы", "password": "at least twelve characters"}
        project = (await call.post(found.group(), json=person)).raise_for_status().json()["projects"][0]["id"]
        pasted = {"project_id": project, "method": "key", "key": community["key"]}
        connection = (await call.post(f"{base}/api/v1/vk/connections", json=pasted)).raise_for_status().json()
        shown = (await call.get(f"{base}/api/v1/vk/connections/{connection['id']}")).json()
        wanted = {"project_id": project, "channel": "vk", "connection_id": connection["id"]}
        wanted["community_id"] = shown["communities"][0]["community_id"]
        made = (await call.post(f"{base}/api/v1/integrations", json=wanted)).raise_for_status().json()

        async def is_active() -> bool:
            now = (await call.get(f"{base}/api/v1/integrations/{made['id']}")).json()
            return now["state"] == "active" and now["transport"] == "long_poll" and now["gaps_open"] == 0

        await wait_until(is_active, 30, "the community is active by Long Poll")
        written = f"{vk_base}/emulator/v1/communities/{community['id']}/users/700700/messages"
        await call.post(written, json={"text": "Вы меня слышите?"})

        async def has_come() -> str | None:
            listed = await call.get(f"{base}/api/v1/dialogs?project_id={project}&tab=new")
            items = listed.json()["items"]
            return str(items[0]["id"]) if items else None

        dialog = await wait_until(has_come, describe="the message is in the cabinet")
        answer = {"client_id": "my-first", "text": "Слышим!"}
        await call.post(f"{base}/api/v1/dialogs/{dialog}/messages", json=answer)

        async def is_answered() -> bool:
            return [item["text"] for item in (await call.get(written)).json()["items"]][1:] == ["Слышим!"]

        await wait_until(is_answered, describe="the answer is in VK")
        assert (await call.get(f"{vk_base}/emulator/v1/communities")).json()["items"][0][
            "callback_servers"
        ] == []
    assert otklik.terminate(timeout_seconds=10) == 0
    vk.kill()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
