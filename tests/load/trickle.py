"""Posting callbacks at a steady rate over kept-alive connections, whatever the answers take (open loop)."""

import asyncio
import json
import time
from dataclasses import dataclass, field

CONNECTIONS = 32
TEXT = "Здравствуйте! Где мой заказ 1187?"
LATE_SECONDS = 0.02


@dataclass(frozen=True)
class Door:
    """Where a community's callbacks go, and what they must carry."""

    url: str
    path: str
    secret: str
    group_id: int


@dataclass
class Posted:
    """What became of the posts. Monotonic seconds; a wait begins when its post was due, not when sent."""

    started: float
    rate: float
    numbers: range
    waits: list[float] = field(default_factory=list)
    late: int = 0
    refused: int = 0

    def due(self, number: int) -> float:
        """Return when the post with this message number was to leave."""
        return self.started + (number - self.numbers.start) / self.rate

    @property
    def slowest(self) -> float:
        """Seconds of the slowest `ok`."""
        return max(self.waits, default=0.0)


async def post_at_rate(
    door: Door, *, rate: float, seconds: float, people: int = 5000, first: int = 0
) -> Posted:
    """Post messages numbered from `first` for `seconds`, each by the next of so many people."""
    host, port = door.url.removeprefix("http://").split(":")
    moments: asyncio.Queue[int | None] = asyncio.Queue()
    posted = Posted(time.monotonic() + 0.05, rate, range(first, first + int(rate * seconds)))

    async def work() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        while (number := await moments.get()) is not None:
            body = _body(number, people, door)
            head = f"POST {door.path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            posted.late += time.monotonic() - posted.due(number) > LATE_SECONDS
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            if answer.startswith(b"HTTP/1.1 200"):
                assert await reader.readexactly(2) == b"ok"
                posted.waits.append(time.monotonic() - posted.due(number))
            else:
                posted.refused += 1
        writer.close()

    workers = [asyncio.create_task(work()) for _ in range(CONNECTIONS)]
    for number in posted.numbers:
        if (wait := posted.due(number) - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        moments.put_nowait(number)
    for _ in workers:
        moments.put_nowait(None)
    await asyncio.gather(*workers)
    return posted


def _body(number: int, people: int, door: Door) -> bytes:
    user = 1 + number % people
    message = {
        "id": number,
        # As VK counts them: without holes, or the gateway would have to ask for what is missing.
        "conversation_message_id": 1 + number // people,
        "date": 1_795_341_600,
        "peer_id": user,
        "from_id": user,
        "out": 0,
        "text": f"{TEXT} №{number}",
        "attachments": [],
    }
    update = {
        "type": "message_new",
        "event_id": f"steady-{time.time_ns()}-{number}",
        "v": "5.199",
        "group_id": door.group_id,
        "secret": door.secret,
        "object": {"message": message, "client_info": {}},
    }
    return json.dumps(update, ensure_ascii=False).encode()
