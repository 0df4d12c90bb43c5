"""An accounts service that runs, and browsers that call it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from accounts.enrolments.actions import invite_first_administrator, withdraw_first_administrator
from accounts.service import build
from accounts.settings import AccountsSettings
from shared.database.vault import new_vault_key
from shared.messaging.bus import InProcessBus
from shared.messaging.tables import outbox_table
from shared.runtime.service import Service, running
from shared.runtime.world import World
from tests.support.tables import lay_tables

PREFIX = "/api/v1/accounts"
PASSWORD = "столкнулись-4-ёлки"
VAULT_KEY = new_vault_key()


class Clock:
    """A clock that tests move by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def forward(self, **span: float) -> None:
        self.at += timedelta(**span)


def settings_for(url: str, **changes: Any) -> AccountsSettings:
    """Settings with the weakest hashes there are, so that tests are quick."""
    given = {
        "database_url": url,
        "service_key": "0123456789abcdef0123456789abcdef",
        "encryption_keys": VAULT_KEY,
        "hash_memory_kib": 8,
        "hash_passes": 1,
    }
    return AccountsSettings(**{**given, **changes})


class Browser(httpx.AsyncClient):
    """A browser on a page of ours, with cookies of its own."""

    def __init__(self, accounts: "Accounts", address: str) -> None:
        origin = accounts.settings.public_url
        super().__init__(
            transport=httpx.ASGITransport(app=accounts.service.app, client=(address, 1)),
            base_url=origin,
            headers={"X-Otklik-Request": "1", "Origin": origin},
        )

    async def sign_in(self, email: str, password: str = PASSWORD) -> httpx.Response:
        return await self.post(f"{PREFIX}/session", json={"email": email, "password": password})

    async def refresh(self) -> httpx.Response:
        return await self.post(f"{PREFIX}/session/refresh")

    async def who_am_i(self) -> httpx.Response:
        return await self.get(f"{PREFIX}/session")

    async def make_project(self, name: str = "Магазин") -> str:
        answer = await self.post(f"{PREFIX}/projects", json={"name": name})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def add(self, project_id: str, email: str, role: str = "operator") -> httpx.Response:
        body = {"email": email, "role": role}
        return await self.post(f"{PREFIX}/projects/{project_id}/people", json=body)

    async def own_id(self) -> str:
        return str((await self.who_am_i()).json()["operator"]["id"])

    def cookie(self, kind: str) -> str:
        """The value of the `session` or `access` cookie."""
        return next(
            cookie.value or "" for cookie in self.cookies.jar if cookie.name.endswith(f"otklik_{kind}")
        )


@dataclass
class Accounts:
    """A running service with the clock it lives by."""

    service: Service
    settings: AccountsSettings
    clock: Clock

    def browser(self, address: str = "10.1.1.1") -> Browser:
        return Browser(self, address)

    async def first_link(self) -> str:
        """The path of a fresh first administrator's link."""
        async with self.service.database.write() as session:
            await withdraw_first_administrator(session)
            made = await invite_first_administrator(session, self.settings)
        assert made is not None
        return made.url.removeprefix(self.settings.public_url)

    async def owner(self, email: str = "anna@shop.example", name: str = "Анна") -> Browser:
        """A person who owns one project and is signed in."""
        browser = self.browser()
        body = {"email": email, "name": name, "password": PASSWORD}
        answer = await browser.post(await self.first_link(), json=body)
        assert answer.status_code == 201, answer.text
        return browser

    async def colleague(self, owner: Browser, project_id: str, email: str, role: str = "operator") -> Browser:
        """A person whom an owner invited into a project, and who has enrolled."""
        added = await owner.add(project_id, email, role)
        assert added.status_code == 201, added.text
        browser = self.browser()
        body = {"name": email.partition("@")[0], "password": PASSWORD}
        answer = await browser.post(added.json()["enrolment"]["url"], json=body)
        assert answer.status_code == 201, answer.text
        return browser

    async def announced(self, event_type: str) -> list[dict[str, Any]]:
        """The payloads of the events of one type, oldest first."""
        query = select(outbox_table.c.body).where(outbox_table.c.type == event_type)
        async with self.service.database.read() as session:
            bodies = (await session.execute(query.order_by(outbox_table.c.position))).scalars().all()
        return [json.loads(body)["payload"] for body in bodies]

    async def cuts(self) -> list[UUID]:
        """Whose access was cut, in order."""
        return [UUID(cut["operator_id"]) for cut in await self.announced("accounts.access_changed.v1")]


@asynccontextmanager
async def opened(url: str, *, clock: Clock | None = None, **changes: Any) -> AsyncIterator[Accounts]:
    """Run accounts on a database of that address."""
    clock = clock or Clock()
    settings = settings_for(await lay_tables(url, "accounts"), **changes)
    bus = InProcessBus()
    service = build(settings, World(clock), bus)
    async with running([service], bus):
        yield Accounts(service, settings, clock)


def cookies_of(answer: httpx.Response) -> dict[str, list[str]]:
    """The cookies an answer sets: their attributes by their name."""
    parted = [text.split("; ") for text in answer.headers.get_list("set-cookie")]
    return {first.partition("=")[0]: attributes for first, *attributes in parted}
