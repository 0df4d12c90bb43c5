"""Playing VK: its users, administrators and troubles, through the emulator's control calls."""

from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Community:
    """A community of the emulator, as it was made."""

    id: int
    name: str
    key: str
    admin_id: int
    admin_name: str


class Vk:
    """One emulator."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self.url = url
        self._http = http

    async def new_community(
        self, name: str = "Пекарня «Колос»", *, messages_enabled: bool = True
    ) -> Community:
        """Make a community that nobody else uses."""
        document = {"name": name, "messages_enabled": messages_enabled}
        made = await self.call("POST", "/communities", document)
        return Community(made["id"], made["name"], made["key"], made["admin_id"], made["admin_name"])

    async def new_user(self, first_name: str = "Мария", last_name: str = "Орлова") -> int:
        """Make a person; give their id."""
        made = await self.call("POST", "/users", {"first_name": first_name, "last_name": last_name})
        return int(made["id"])

    async def user_writes(self, community: Community, user_id: int, text: str) -> dict[str, Any]:
        """The person writes to the community; give VK's message."""
        return await self._about(community, "POST", f"/users/{user_id}/messages", {"text": text})

    async def admin_replies(self, community: Community, user_id: int, text: str) -> dict[str, Any]:
        """The community's administrator answers in VK itself; give VK's message."""
        document = {"user_id": user_id, "text": text}
        return await self._about(community, "POST", f"/admins/{community.admin_id}/replies", document)

    async def ledger(self, community: Community, user_id: int) -> list[dict[str, Any]]:
        """VK's own messages of the dialog, oldest first, both directions."""
        answer = await self._about(community, "GET", f"/users/{user_id}/messages")
        items: list[dict[str, Any]] = answer["items"]
        return items

    async def look(self, community: Community) -> dict[str, Any]:
        """The community as VK has it now: state, keys, callback servers."""
        return await self._about(community, "GET", "")

    async def change(self, community: Community, what: str, document: Any = None) -> dict[str, Any]:
        """Any other control call about the community, e.g. `delete` or `users/1/block`."""
        return await self._about(community, "POST", f"/{what}", document)

    async def remove_faults(self, community: Community) -> None:
        """Let VK work again for the community."""
        await self._about(community, "DELETE", "/faults")

    async def _about(self, community: Community, method: str, path: str, document: Any = None) -> Any:
        return await self.call(method, f"/communities/{community.id}{path}", document)

    async def call(self, method: str, path: str, document: Any = None) -> Any:
        """Any control call; fails unless VK would have let it happen."""
        answer = await self._http.request(method, f"{self.url}/emulator/v1{path}", json=document)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None
