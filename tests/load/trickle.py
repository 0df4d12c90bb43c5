"""Posting callbacks at a steady rate over kept-alive connections, whatever the answers take (open loop)."""

import asyncio
import json
import time

CONNECTIONS = 32
TEXT = "Здравствуйте! Где мой заказ 1187?"


async def post_at_rate(
    url: str, path: str, secret: str, group_id: int, *, rate: float, seconds: float
) -> tuple[int, float]:
    """Post for `seconds`. Returns how many were answered `ok` and the slowest answer in seconds."""
    host, port = url.removeprefix("http://").split(":")
    moments: asyncio.Queue[tuple[int, float] | None] = asyncio.Queue()
    outcomes: list[float] = []

    async def work() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        while (turn := await moments.get()) is not None:
            number, due = turn
            body = _body(number, secret, group_id)
            head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            if answer.startswith(b"HTTP/1.1 200"):
                assert await reader.readexactly(2) == b"ok"
                outcomes.append(time.monotonic() - due)
        writer.close()

    workers = [asyncio.create_task(work()) for _ in range(CONNECTIONS)]
    started = time.monotonic()
    for number in range(int(rate * seconds)):
        due = started + number / rate
        if (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        moments.put_nowait((number, due))
    for _ in workers:
        moments.put_nowait(None)
    await asyncio.gather(*workers)
    return len(outcomes), max(outcomes, default=0.0)


def _body(number: int, secret: str, group_id: int) -> bytes:
    user = 1 + number % 5000
    message = {
        "id": number,
        "conversation_message_id": 1_000_000 + number,
        "date": 1_795_341_600,
        "peer_id": user,
        "from_id": user,
        "out": 0,
        "text": TEXT,
        "attachments": [],
    }
    update = {
        "type": "message_new",
        "event_id": f"steady-{time.time_ns()}-{number}",
        "v": "5.199",
        "group_id": group_id,
        "secret": secret,
        "object": {"message": message, "client_info": {}},
    }
    return json.dumps(update, ensure_ascii=False).encode()
