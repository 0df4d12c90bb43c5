"""No secret leaves its place: known values are looked for in logs, events and answers after a busy moment."""

import json
import sqlite3
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.suite import Suite
from tests.support.suite.people import Operator
from tests.support.suite.shapes import SERVICES, Embedded

PASSWORD = "канарейка-поёт-в-шахте-7"
WRONG_PASSWORD = "канарейка-молчит-совсем-8"


@pytest.fixture
def deployment() -> Iterator[Embedded]:
    """An embedded Otklik of this test's own, which tells in its log all that it can."""
    made = Embedded()
    made.start()
    yield made
    made.close()


class Answers:
    """What every answer of Otklik said."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def listen(self, answer: httpx.Response) -> None:
        await answer.aread()
        self.texts.append(f"{answer.request.method} {answer.request.url.path}: {answer.text}")

    def hear(self, operator: Operator) -> Operator:
        operator.http.event_hooks["response"].append(self.listen)
        return operator


async def test_no_secret_is_logged_announced_or_answered(deployment: Embedded) -> None:
    suite, answers = Suite(deployment), Answers()
    project = await suite.new_project()
    answers.hear(project.operator)
    community = await suite.vk.new_community()
    await project.connect_by_key(community)
    await _wrong_turns(suite, answers, project.id, community.key)
    user = await suite.vk.new_user()
    await suite.vk.user_writes(community, user, "Здравствуйте")
    dialog = await project.dialog_with(user)
    await project.reply(dialog["id"], "И вам", "canary")
    await project.message(dialog["id"], "И вам", state="sent")
    server = (await suite.vk.look(community))["callback_servers"][0]
    path_token = urlsplit(server["url"]).path.rpartition("/")[2]
    # VK goes wrong while the key and the path are in use, so that errors are told too.
    await suite.vk.change(community, "faults", {"kind": "api_html", "method": "messages.send", "times": 2})
    await project.reply(dialog["id"], "Ещё раз", "canary-2")
    await project.message(dialog["id"], "Ещё раз", state="sent")
    await suite.outsider().post(server["url"], json={"type": "x", "group_id": 1, "secret": "wrong"})
    await suite.outsider().post(f"{server['url']}/more", content=b"{")
    await suite.vk.change(community, "keys/revoke")
    await project.reply(dialog["id"], "Ключа больше нет", "canary-3")
    await project.operator.get("/api/v1/integrations", project_id=project.id)
    await suite.close()

    secrets = {
        "community key": community.key,
        "callback secret": server["secret_key"],
        "path token": path_token,
        "password": PASSWORD,
        "wrong password": WRONG_PASSWORD,
        **_own_secrets(deployment),
    }
    places = {"the log": deployment.process.log(), **_outboxes(deployment)}
    places |= {f"answer {index}": text for index, text in enumerate(answers.texts)}
    assert any(place.startswith("outbox") for place in places)
    found = [f"{name} in {where}" for name, value in secrets.items() for where in _shows(value, places)]
    assert found == []


async def _wrong_turns(suite: Suite, answers: Answers, project_id: str, key: str) -> None:
    """Use secrets where they do not fit: refusals tell a lot."""
    owner = answers.hear(await suite.operator())
    document = {"email": "canary@otklik.local", "role": "operator"}
    added = await owner.post(f"/api/v1/accounts/projects/{project_id}/people", document)
    colleague = answers.hear(suite.visitor())
    person = {"name": "Канарейка", "password": PASSWORD}
    answer = await colleague.request("POST", urlsplit(added["enrolment"]["url"]).path, person)
    assert answer.status_code == httpx.codes.CREATED, answer.text
    again = answers.hear(suite.visitor())
    await again.sign_in("canary@otklik.local", PASSWORD)
    for wrong in (
        {"email": "canary@otklik.local", "password": WRONG_PASSWORD},
        {"email": "canary@otklik.local", "password": [WRONG_PASSWORD]},
        {"email": 7, "password": WRONG_PASSWORD},
    ):
        await again.http.post("/api/v1/accounts/session", json=wrong)
    connection = {"project_id": project_id, "method": "key", "key": key}
    for unfit in (
        {**connection, "extra": 1},
        {**connection, "key": [key]},
        {**connection, "project_id": key},
    ):
        await owner.http.post("/api/v1/vk/connections", json=unfit)


def _own_secrets(deployment: Embedded) -> dict[str, str]:
    secrets: dict[str, str] = json.loads((deployment.folder / "secrets.json").read_text("utf-8"))
    return secrets


def _outboxes(deployment: Embedded) -> dict[str, str]:
    told = {}
    for service in SERVICES:
        connection = sqlite3.connect(f"file:{deployment.folder / f'{service}.db'}?mode=ro", uri=True)
        for position, body in connection.execute("SELECT position, body FROM outbox"):
            told[f"outbox of {service}, {position}"] = bytes(body).decode()
        for event_id, error in connection.execute("SELECT event_id, error FROM delivery"):
            told[f"failed event {event_id} of {service}"] = error
        connection.close()
    return told


def _shows(secret: str, places: dict[str, str]) -> list[str]:
    """The places that show a secret, also written in escapes."""
    spellings = {secret, secret.encode("unicode_escape").decode(), secret.encode().hex()}
    return [f"{where}: {text[:200]}" for where, text in places.items() if any(s in text for s in spellings)]
