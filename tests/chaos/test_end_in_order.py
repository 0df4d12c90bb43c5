"""SIGTERM while work is under way: what has begun is answered, what was accepted is kept."""

import asyncio
import json
import signal
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.suite import Suite
from tests.support.suite.people import Project
from tests.support.suite.shapes import Embedded
from tests.support.waiting import accepts_connections, wait_until

REPLIES = 10
# As long as containers are given to end in.
SECONDS_MAX = 25.0


@pytest.fixture
def deployment() -> Iterator[Embedded]:
    """An embedded Otklik of this test's own."""
    made = Embedded()
    made.start()
    yield made
    made.close()


class HalfSent:
    """A reply whose request has reached the server up to the middle of its body."""

    def __init__(self, project: Project, dialog_id: str, number: int) -> None:
        self.text = f"ответ {number}"
        self._body = json.dumps({"client_id": str(number), "text": self.text}).encode()
        cookies = "; ".join(f"{name}={value}" for name, value in project.operator.http.cookies.items())
        url = urlsplit(str(project.operator.http.base_url))
        self._port = url.port
        self._head = (
            f"POST /api/v1/dialogs/{dialog_id}/messages HTTP/1.1\r\nHost: {url.netloc}\r\n"
            f"Origin: {url.scheme}://{url.netloc}\r\nX-Otklik-Request: 1\r\nCookie: {cookies}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(self._body)}\r\n\r\n"
        ).encode()

    async def begin(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writer.write(self._head + self._body[:5])
        await self._writer.drain()

    async def finish(self) -> bytes:
        """Send the rest; give the answer's first line."""
        self._writer.write(self._body[5:])
        await self._writer.drain()
        line = await self._reader.readline()
        self._writer.close()
        return line


async def test_a_process_told_to_end_answers_what_has_begun(deployment: Embedded) -> None:
    suite = Suite(deployment)
    project = await suite.new_project()
    community = await suite.vk.new_community()
    await project.connect_by_key(community)
    user = await suite.vk.new_user()
    await suite.vk.user_writes(community, user, "Добрый день")
    dialog = await project.dialog_with(user)
    begun = [HalfSent(project, dialog["id"], number) for number in range(REPLIES)]
    port = urlsplit(deployment.url).port
    assert port is not None
    async with project.following() as feed:
        await asyncio.gather(*(reply.begin() for reply in begun))
        # Any answer of the same process shows that it has read what came before.
        await project.dialogs()
        began = time.monotonic()
        deployment.process.signal(signal.SIGTERM)
        await wait_until(lambda: not accepts_connections(port), describe="no new connections")
        answers = await asyncio.gather(*(reply.finish() for reply in begun))
        await wait_until(lambda: not feed.is_open, describe="the end of the live feed")
    code = await asyncio.to_thread(deployment.process.wait, SECONDS_MAX)
    seconds = time.monotonic() - began

    assert {answer.split()[1] for answer in answers} == {b"202"}
    assert code == 0
    assert seconds < SECONDS_MAX, f"ended after {seconds:.1f} s"
    await asyncio.to_thread(deployment.start)
    for reply in begun:
        await project.message(dialog["id"], reply.text, state="sent")
    sent = [message["text"] for message in await suite.vk.ledger(community, user) if message["out"]]
    assert sorted(sent) == sorted(reply.text for reply in begun)
    await suite.close()


async def test_a_large_or_deep_callback_delays_nobody(deployment: Embedded) -> None:
    suite = Suite(deployment)
    project = await suite.new_project()
    community = await suite.vk.new_community()
    await project.connect_by_key(community)
    server = (await suite.vk.look(community))["callback_servers"][0]
    done = asyncio.Event()
    http = suite.outsider()

    slowest = 0.0

    async def keep_looking() -> None:
        nonlocal slowest
        while not done.is_set():
            # In its own working time: on a busy machine everything is slow.
            began = deployment.process.cpu_seconds()
            assert (await http.get("/health/live")).status_code == httpx.codes.OK
            slowest = max(slowest, deployment.process.cpu_seconds() - began)

    looking = asyncio.create_task(keep_looking())
    answers = []
    for event_id, message in (
        ("large", _large(20_000_000)),
        ("deep", _deep(45)),
        ("both", _deep(45, 200_000)),
    ):
        update = {
            "type": "message_new",
            "event_id": event_id,
            "v": "5.199",
            "group_id": community.id,
            "secret": server["secret_key"],
            "object": {"message": message, "client_info": {}},
        }
        body = (await asyncio.to_thread(json.dumps, update)).encode()
        headers = {"content-type": "application/json"}
        answer = await suite.outsider().post(server["url"], content=body, headers=headers)
        answers.append(answer.text)
    await project.dialog_with(5)
    done.set()
    await looking

    assert answers == ["ok"] * 3
    assert slowest < 1.0, f"the process was deaf for {slowest:.2f} s of its work"
    await suite.close()


def _message(number: int, **more: object) -> dict[str, object]:
    plain = {
        "peer_id": 5,
        "from_id": 5,
        "conversation_message_id": number,
        "text": "да",
        "date": 1_795_000_000,
    }
    return plain | more


def _large(size: int) -> dict[str, object]:
    forwarded = [_message(1, text="я" * 4096) for _ in range(size // (6 * 4096))]
    return _message(1, fwd_messages=forwarded)


def _deep(levels: int, size: int = 10) -> dict[str, object]:
    message = _message(levels + size % 7, text="дно" * (size // 3))
    for _ in range(levels):
        message = _message(levels, fwd_messages=[message])
    return message
