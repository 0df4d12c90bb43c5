"""The demo: one community of the emulator, connected through the same doors that people use."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any

import structlog

from shared.http.access import access_cookie
from shared.http.client import HttpClient, Unreachable

log = structlog.get_logger()

RETRY_SECONDS_MIN = 0.2
RETRY_SECONDS_MAX = 5.0
WORKING = frozenset({"active", "attention"})
ACTIVE_SECONDS_MAX = 20.0
LOOK_SECONDS = 0.05
NOT_FOUND = 404


class DemoRefused(Exception):
    """A call of the demo was answered with a refusal."""


@dataclass(frozen=True)
class DemoAccount:
    """Who signs in."""

    email: str
    password: str


class Demo:
    """Connects one community at each start; those that are already connected stay as they are."""

    def __init__(
        self, account: DemoAccount, client: HttpClient, *, own_url: str, emulator_url: str, secure: bool
    ) -> None:
        self.account = account
        self.community_name = ""
        self.active = asyncio.Event()
        self._client = client
        self._own_url = own_url
        self._emulator_url = emulator_url
        self._cookie = re.compile(rf"{re.escape(access_cookie(secure=secure))}=([^;,\s]+)")

    async def connect(self) -> None:
        """Return once an integration is active and in a widget, trying again as long as it takes."""
        delay = RETRY_SECONDS_MIN
        while True:
            try:
                await self._connect()
                return
            except (DemoRefused, Unreachable, TimeoutError, LookupError) as error:
                log.info("demo_not_yet", error=repr(error))
                await asyncio.sleep(delay)
                delay = min(delay * 2, RETRY_SECONDS_MAX)

    async def _connect(self) -> None:
        token, project_id = await self._sign_in()
        live = await self._call("GET", f"/api/v1/integrations?project_id={project_id}", token)
        well = [one for one in live["items"] if one["state"] in {*WORKING, "connecting"}]
        integration = well[0] if well else await self._add(project_id, token)
        async with asyncio.timeout(ACTIVE_SECONDS_MAX):
            while integration["state"] not in WORKING:
                await asyncio.sleep(LOOK_SECONDS)
                integration = await self._call("GET", f"/api/v1/integrations/{integration['id']}", token)
        self.community_name = integration["name"]
        self.active.set()
        await self._add_to_widget(project_id, integration["id"], token)

    async def _sign_in(self) -> tuple[str, str]:
        url = f"{self._own_url}/api/v1/accounts/session"
        account = {"email": self.account.email, "password": self.account.password}
        answer = await self._client.request("POST", url, document=account)
        found = self._cookie.search(answer.headers.get("set-cookie", ""))
        if answer.status >= 400 or found is None:
            raise DemoRefused(f"signing in: {answer.status}")
        return found.group(1), answer.json()["projects"][0]["id"]

    async def _add(self, project_id: str, token: str) -> dict[str, Any]:
        answer = await self._client.request("GET", f"{self._emulator_url}/emulator/v1/communities")
        community = next(c for c in answer.json()["items"] if c["key"] and c["messages_enabled"])
        wanted = {"project_id": project_id, "method": "key", "key": community["key"]}
        connection = await self._call("POST", "/api/v1/vk/connections", token, wanted)
        wanted = {"project_id": project_id, "channel": "vk", "connection_id": connection["id"]}
        wanted["community_id"] = community["id"]
        integration: dict[str, Any] = await self._call("POST", "/api/v1/integrations", token, wanted)
        return integration

    async def _add_to_widget(self, project_id: str, integration_id: str, token: str) -> None:
        widgets = await self._call("GET", f"/api/v1/widgets?project_id={project_id}", token)
        if not widgets["items"]:
            wanted = {"project_id": project_id, "name": "Демо-сайт"}
            widget = await self._call("POST", "/api/v1/widgets", token, wanted)
            await self._call("PUT", f"/api/v1/widgets/{widget['id']}/channels/{integration_id}", token)

    async def _call(self, method: str, path: str, token: str, document: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self._client.request(method, self._own_url + path, headers=headers, document=document)
        if answer.status >= 400:
            raise DemoRefused(f"{method} {path.partition('?')[0]}: {answer.status} {answer.body[:200]!r}")
        return answer.json() if answer.body else None
