"""The embedded process as a newcomer has it: the demo's community, its callback door and its operator."""

import contextlib
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import httpx

from shared.http.access import access_cookie
from tests.load.programs import PYTHON, on_core
from tests.load.trickle import Door
from tests.support.process import Process
from tests.support.waiting import free_port, wait_until

ACCOUNT = {"email": "demo@otklik.local", "password": "otklik-demo"}


@dataclass
class Demo:
    """A running embedded process, with the demo connected."""

    process: Process
    door: Door
    project_id: str
    token: str
    emulator_url: str = ""


@contextlib.asynccontextmanager
async def embedded_demo(core: int = 0, env: Mapping[str, str] | None = None) -> AsyncIterator[Demo]:
    """Start `python -m embedded` on one core with an empty data folder; `env` are settings besides."""
    port, emulator_port = free_port(), free_port()
    url, emulator = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{emulator_port}"
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "OTKLIK_PORT": str(port),
            "OTKLIK_EMULATOR_PORT": str(emulator_port),
            "OTKLIK_DATA": folder,
            "OTKLIK_DEMO": "1",
            "OTKLIK_LOG_LEVEL": "WARNING",
            **(env or {}),
        }
        process = Process(on_core(core, str(PYTHON), "-m", "embedded"), name="embedded", env=settings).start()
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
                await wait_until(lambda: _is_ready(http, url), 60, "the embedded process is ready")
                answer = await http.post(f"{url}/api/v1/accounts/session", json=ACCOUNT)
                communities = (await http.get(f"{emulator}/emulator/v1/communities")).json()["items"]
            (connected,) = [one for one in communities if one["callback_servers"]]
            (server,) = connected["callback_servers"]
            path = server["url"].removeprefix(url)
            yield Demo(
                process,
                Door(url, path, server["secret_key"], connected["id"]),
                answer.json()["projects"][0]["id"],
                answer.cookies[access_cookie(secure=False)],
                emulator,
            )
        finally:
            process.terminate(timeout_seconds=20)


async def _is_ready(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(f"{url}/health/ready")).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
