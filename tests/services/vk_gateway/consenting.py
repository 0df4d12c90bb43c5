"""People on their way to VK and back: an operator's browser, and a person's answers on VK's pages."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

import httpx

from shared.http.access import Role
from tests.services.vk_gateway.conftest import Gateway

CONNECTIONS = "/api/v1/vk/connections"
RETURN = "/api/v1/vk/authorizations"
# Administers every community that the emulator begins with.
ADMIN = 90412
ANNA, BORIS = UUID(int=1), UUID(int=2)


@dataclass
class Browser:
    """A browser: it keeps cookies, and an operator is signed in there."""

    gateway: Gateway
    project_id: UUID
    operator_id: UUID = ANNA
    session: str | None = "session-of-anna"
    cookies: dict[str, str] = field(default_factory=dict)

    async def request(self, method: str, address: str, **options: Any) -> httpx.Response:
        """Make a request with the cookies of this browser, and keep what it is given."""
        signed_in = {"otklik_session": self.session} if self.session else {}
        cookies = self.cookies | signed_in
        async with httpx.AsyncClient(
            base_url=self.gateway.url, verify=False, timeout=15, cookies=cookies
        ) as http:
            answer = await http.request(method, address, **options)
        self.cookies |= dict(answer.cookies)
        return answer

    async def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        signed_in = self.gateway.keys.bearer(self.operator_id, {self.project_id: Role.ADMIN})
        options = {"json": body, "headers": signed_in | (headers or {})}
        return await self.request(method, f"{CONNECTIONS}{path}", **options)

    async def good(self, method: str, path: str = "", body: Any = None) -> Any:
        answer = await self.call(method, path, body)
        assert answer.is_success, answer.text
        return answer.json()

    async def begin(self, headers: dict[str, str] | None = None) -> tuple[str, str]:
        """Begin to connect through VK; give the connection's id and VK's page."""
        body = {"project_id": str(self.project_id), "method": "oauth"}
        answer = await self.call("POST", "", body, headers)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        return made["id"], made["authorize_url"]

    async def shown(self, connection_id: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.good("GET", f"/{connection_id}")
        return found

    async def choose(self, connection_id: str, *community_ids: int) -> str:
        """Choose communities; give VK's page for them."""
        body = {"community_ids": list(community_ids)}
        page: str = (await self.good("POST", f"/{connection_id}/communities", body))["authorize_url"]
        return page

    async def land(self, address: str) -> str:
        """Follow VK's way back, in this browser; give what came of it."""
        answer = await self.request("GET", address)
        assert answer.status_code == 303, answer.text
        page = await self.request("GET", answer.headers["location"])
        assert page.status_code == 200, page.text
        return answer.headers["location"].rpartition("/")[2]

    async def identified(self) -> str:
        """Come back from VK ID as the administrator of everything; give the connection's id."""
        connection_id, page = await self.begin()
        assert await self.land(await says(page)) == "identified"
        return connection_id


async def says(page: str, decision: str = "allow", person: int = ADMIN) -> str:
    """Be a person on VK's page; give the address that VK sends their browser to."""
    parts = urlsplit(page)
    form = {"query": parts.query, "person": str(person), "decision": decision}
    async with httpx.AsyncClient(verify=False) as http:
        answer = await http.post(f"{parts.scheme}://{parts.netloc}{parts.path}", data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def asked(address: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def changed(address: str, **parameters: str | None) -> str:
    """An address with other parameters; None leaves one out."""
    kept = {name: value for name, value in (asked(address) | parameters).items() if value is not None}
    return f"{address.partition('?')[0]}?{urlencode(kept)}"
