"""Operators at work: signed in, in a project, through the same HTTP that the cabinet uses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.suite.feed import Feed, following
from tests.support.suite.vk import Community
from tests.support.waiting import PATIENCE_SECONDS, wait_until

DEMO_EMAIL = "demo@otklik.local"
DEMO_PASSWORD = "otklik-demo"


class Operator:
    """A person with a browser: cookies, our header and origin, a new access token when the old one ends."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def sign_in(self, email: str = DEMO_EMAIL, password: str = DEMO_PASSWORD) -> dict[str, Any]:
        """Sign in; give who it is and in which projects."""
        document = {"email": email, "password": password}
        return self._good(await self.http.post("/api/v1/accounts/session", json=document))

    async def request(
        self, method: str, path: str, document: Any = None, **parameters: Any
    ) -> httpx.Response:
        """Make a call, with a fresh token if ours has ended; give the answer whatever it is."""
        answer = await self._send(method, path, document, parameters)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._good(await self.http.post("/api/v1/accounts/session/refresh"))
            answer = await self._send(method, path, document, parameters)
        return answer

    async def get(self, path: str, **parameters: Any) -> Any:
        """Read something that must be there."""
        return self._good(await self.request("GET", path, None, **parameters))

    async def post(self, path: str, document: Any = None) -> Any:
        """Make or do something that must succeed."""
        return self._good(await self.request("POST", path, document))

    async def put(self, path: str, document: Any = None) -> Any:
        """Set something; it must succeed."""
        return self._good(await self.request("PUT", path, document))

    async def delete(self, path: str) -> Any:
        """Delete something; it must succeed."""
        return self._good(await self.request("DELETE", path))

    async def new_project(self, name: str) -> "Project":
        """Make a project of one's own."""
        made = await self.post("/api/v1/accounts/projects", {"name": name})
        return Project(self, made["id"], made["name"])

    async def _send(
        self, method: str, path: str, document: Any, parameters: dict[str, Any]
    ) -> httpx.Response:
        return await self.http.request(method, path, json=document, params=parameters or None)

    @staticmethod
    def _good(answer: httpx.Response) -> Any:
        call = f"{answer.request.method} {answer.request.url.path}"
        assert answer.is_success, f"{call}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


@dataclass(frozen=True)
class Project:
    """A project and the operator who made it."""

    operator: Operator
    id: str
    name: str

    async def key_connection(self, key: str) -> dict[str, Any]:
        """Begin to connect with a community key; give the connection."""
        document = {"project_id": self.id, "method": "key", "key": key}
        made: dict[str, Any] = await self.operator.post("/api/v1/vk/connections", document)
        return made

    async def ask_to_integrate(self, connection_id: str, community_id: int) -> httpx.Response:
        """Press Save; give the answer whatever it is."""
        return await self.operator.request(
            "POST",
            "/api/v1/integrations",
            {
                "project_id": self.id,
                "channel": "vk",
                "connection_id": connection_id,
                "community_id": community_id,
            },
        )

    async def connect_by_key(self, community: Community) -> dict[str, Any]:
        """Connect a community with its key; give the integration once it is active."""
        connection = await self.key_connection(community.key)
        answer = await self.ask_to_integrate(connection["id"], community.id)
        assert answer.status_code == httpx.codes.CREATED, answer.text
        return await self.integration_in_state(answer.json()["id"], "active")

    async def integration_in_state(
        self, integration_id: str, state: str, timeout_seconds: float = PATIENCE_SECONDS
    ) -> dict[str, Any]:
        """Give the integration once it is in that state."""

        async def look() -> dict[str, Any] | None:
            found: dict[str, Any] = await self.operator.get(f"/api/v1/integrations/{integration_id}")
            assert found["state"] == state, found
            return found

        integration = await wait_until(look, timeout_seconds, f"integration {state}")
        assert integration is not None
        return integration

    async def dialogs(self, tab: str = "all") -> list[dict[str, Any]]:
        """The project's dialogs under a tab, the newest first."""
        page = await self.operator.get("/api/v1/dialogs", project_id=self.id, tab=tab)
        items: list[dict[str, Any]] = page["items"]
        return items

    async def dialog_with(self, user_id: int, tab: str = "all") -> dict[str, Any]:
        """Give the dialog with a VK user once the list shows it."""

        async def look() -> dict[str, Any] | None:
            found = [one for one in await self.dialogs(tab) if one["contact"]["external_id"] == str(user_id)]
            return found[0] if found else None

        dialog = await wait_until(look, describe=f"a dialog with user {user_id} under {tab}")
        assert dialog is not None
        return dialog

    async def messages(self, dialog_id: str) -> list[dict[str, Any]]:
        """The dialog's newest messages in the order of reading, oldest first."""
        page = await self.operator.get(f"/api/v1/dialogs/{dialog_id}/messages")
        return sorted(page["items"], key=lambda message: message["place"])

    async def message(self, dialog_id: str, text: str, **expected: Any) -> dict[str, Any]:
        """Give the message with that text once it has the expected fields; fails when it is there twice."""

        async def look() -> dict[str, Any] | None:
            found = [one for one in await self.messages(dialog_id) if one["text"] == text]
            assert len(found) < 2, found
            assert found, "no such message"
            assert {name: found[0][name] for name in expected} == expected, found[0]
            return found[0]

        message = await wait_until(look, describe=f"message {text!r} with {expected}")
        assert message is not None
        return message

    async def reply(
        self, dialog_id: str, text: str, client_id: str = "reply-1", **more: Any
    ) -> dict[str, Any]:
        """Answer; give the message as it was accepted."""
        document = {"client_id": client_id, "text": text, **more}
        made: dict[str, Any] = await self.operator.post(f"/api/v1/dialogs/{dialog_id}/messages", document)
        return made

    async def upload(self, name: str, content: bytes) -> dict[str, Any]:
        """Upload a file for an answer; give it as it was taken."""
        parameters = {"project_id": self.id, "client_id": name, "name": name}
        answer = await self.operator.http.post("/api/v1/dialogs/files", params=parameters, content=content)
        assert answer.status_code == httpx.codes.CREATED, answer.text
        made: dict[str, Any] = answer.json()
        return made

    @asynccontextmanager
    async def following(self) -> AsyncIterator[Feed]:
        """Follow the project's live feed while the block runs."""
        async with following(self.operator.http, "/api/v1/dialogs/changes", project_id=self.id) as feed:
            yield feed
