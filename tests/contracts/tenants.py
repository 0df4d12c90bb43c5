"""Three projects side by side in one Otklik, each with data of every kind, made through the real doors."""

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from accounts.enrolments.actions import invite_first_administrator, withdraw_first_administrator
from embedded.router import Router
from shared.events.channel import AccountLinked, ContactUpdated, MessageReceived, ReplySent, StaffReplied
from shared.events.envelope import Event
from shared.http.access import Role
from shared.messaging.bus import InProcessBus
from shared.messaging.outbox import count_waiting
from shared.runtime.service import Service, running
from tests.contracts.assembled import build_services, stand_in_for_vk
from tests.contracts.things import KINDS, SMALL
from tests.support.post import letter_of
from tests.support.serving import serving
from tests.support.waiting import free_port, wait_until

PASSWORD = "столкнулись-4-ёлки"
MOMENT = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
FIRST_COMMUNITY = 7_000_001
_numbers = itertools.count(FIRST_COMMUNITY)


@dataclass
class Answer:
    """What a call brought: of a stream its beginning."""

    status: int
    text: str
    headers: httpx.Headers

    @property
    def document(self) -> Any:
        return json.loads(self.text) if self.text else None

    @property
    def code(self) -> str | None:
        """The code of a refusal."""
        return self.document["code"] if self.status >= 400 else None


@dataclass
class Person:
    """Somebody with an account and a session."""

    id: str
    email: str
    name: str
    token: str
    session_token: str


@dataclass
class Tenant:
    """A project, its people by role, and one thing of each kind by the name that paths give its id."""

    letter: str
    people: dict[Role, Person]
    things: dict[str, Any]
    names: list[str] = field(default_factory=list)

    @property
    def owner(self) -> Person:
        return self.people[Role.OWNER]

    def canaries(self) -> set[str]:
        """Every text that nobody of another project may ever see."""
        people = [text for one in self.people.values() for text in (one.id, one.email, one.name)]
        ids = [str(thing) for name, thing in self.things.items() if name != "key"]
        return {*people, *ids, *self.names}


class Otklik:
    """All services behind one address, called by anybody."""

    def __init__(
        self, url: str, http: httpx.AsyncClient, services: dict[str, Service], bus: InProcessBus
    ) -> None:
        self.url = url
        self.services = services
        self._http = http
        self._bus = bus

    async def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: Any = None,
        content: bytes | None = None,
        query: Any = None,
        cookie: str | None = None,
        page: dict[str, str] | None = None,
    ) -> Answer:
        """Call from a page of ours, or with the headers of another `page`."""
        headers = {"X-Otklik-Request": "1", "Origin": self.url} if page is None else dict(page)
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if cookie is not None:
            headers["Cookie"] = cookie
        options: dict[str, Any] = {"json": body, "content": content, "params": query, "headers": headers}
        async with self._http.stream(method, path, **options) as answer:
            if answer.headers.get("content-type", "").startswith("text/event-stream"):
                text = await anext(answer.aiter_text())
            else:
                text = (await answer.aread()).decode()
        return Answer(answer.status_code, text, answer.headers)

    async def call_as(self, person: Person | None, method: str, path: str, **options: Any) -> Answer:
        """Call with a person's token, a fresh one when it has been cut or has ended."""
        if person is None:
            return await self.call(method, path, **options)
        answer = await self.call(method, path, token=person.token, **options)
        if answer.status == 401 and await self.refresh(person):
            answer = await self.call(method, path, token=person.token, **options)
        return answer

    async def refresh(self, person: Person) -> bool:
        path = "/api/v1/accounts/session/refresh"
        answer = await self.call("POST", path, cookie=f"otklik_session={person.session_token}")
        if answer.status == 200:
            person.token = cookie_of(answer, "access")
        return answer.status == 200

    async def good(
        self, person: Person | None, method: str, path: str, body: Any = None, **query: Any
    ) -> Any:
        answer = await self.call_as(person, method, path, body=body, query=query or None)
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.text}"
        return answer.document

    async def hear(self, *events: Event) -> None:
        """Deliver events as other services would announce them."""
        await self._bus.publish([letter_of(event) for event in events])

    # ---- people ----

    async def new_owner(self, letter: str) -> tuple[Person, str]:
        """Enrol the owner of a new project."""
        service = self.services["accounts"]
        settings = service.api.state.accounts.settings
        async with service.database.write() as session:
            await withdraw_first_administrator(session)
            made = await invite_first_administrator(session, settings)
        assert made is not None
        person, identity = await self._enrol(made.url, f"владелец-{letter}", f"owner-{letter}@walls.example")
        project_id = identity["projects"][0]["id"]
        await self.good(
            person, "PATCH", f"/api/v1/accounts/projects/{project_id}", {"name": f"проект-{letter}"}
        )
        return person, project_id

    async def new_link(self, tenant: Tenant, role: Role = Role.OPERATOR) -> dict[str, Any]:
        """Invite somebody; gives the person with their link."""
        body = {"email": f"{role}-{tenant.letter}-{uuid4().hex[:8]}@walls.example", "role": role}
        path = f"/api/v1/accounts/projects/{tenant.things['project_id']}/people"
        added: dict[str, Any] = await self.good(tenant.owner, "POST", path, body)
        return added

    async def new_person(self, tenant: Tenant, role: Role) -> Person:
        """Invite somebody, who enrols."""
        added = await self.new_link(tenant, role)
        return (await self._enrol(added["enrolment"]["url"], f"{role}-{tenant.letter}-имя", None))[0]

    async def _enrol(self, url: str, name: str, email: str | None) -> tuple[Person, dict[str, Any]]:
        body = {"name": name, "password": PASSWORD, **({"email": email} if email else {})}
        answer = await self.call("POST", url.removeprefix(self.url), body=body)
        assert answer.status == 201, answer.text
        who = answer.document["operator"]
        person = Person(
            who["id"], who["email"], who["name"], cookie_of(answer, "access"), cookie_of(answer, "session")
        )
        return person, answer.document

    # ---- what a project has ----

    async def new_connection(self, tenant: Tenant, community_id: int) -> str:
        key = f"vk1.a.key-of-{community_id}-{tenant.letter}"
        body = {"project_id": tenant.things["project_id"], "method": "key", "key": key}
        return str((await self.good(tenant.owner, "POST", "/api/v1/vk/connections", body))["id"])

    async def new_integration(self, tenant: Tenant, community_id: int, connection_id: str) -> str:
        body = {
            "project_id": tenant.things["project_id"],
            "channel": "vk",
            "connection_id": connection_id,
            "community_id": community_id,
        }
        made = await self.good(tenant.owner, "POST", "/api/v1/integrations", body)
        await wait_until(self._everything_is_said, describe="every service has heard of the integration")
        about: dict[str, Any] = {
            "project_id": tenant.things["project_id"],
            "integration_id": made["id"],
            "epoch": 1,
        }
        await self.hear(AccountLinked(**about))

        async def active() -> bool:
            shown = await self.good(tenant.owner, "GET", f"/api/v1/integrations/{made['id']}")
            return bool(shown["state"] == "active")

        await wait_until(active, describe="the registry has heard of the link")
        return str(made["id"])

    async def _everything_is_said(self) -> bool:
        for service in self.services.values():
            async with service.database.read() as session:
                if await count_waiting(session):
                    return False
        return True

    async def new_dialog(self, tenant: Tenant) -> str:
        """Let a new contact write, and an administrator answer in VK."""
        user = str(next(_numbers))
        about: dict[str, Any] = {
            "project_id": UUID(tenant.things["project_id"]),
            "integration_id": UUID(tenant.things["integration_id"]),
            "epoch": 1,
            "external_id": user,
        }
        said = f"сообщение-{tenant.letter}"
        contact = f"контакт-{tenant.letter}"
        await self.hear(
            MessageReceived(**about, conversation_message_id=1, text=said, sent_at=MOMENT),
            StaffReplied(
                **about,
                conversation_message_id=2,
                text=said,
                sent_at=MOMENT,
                author_external_id="9",
                author_name=f"сотрудник-{tenant.letter}",
            ),
            MessageReceived(**about, conversation_message_id=3, text=said, sent_at=MOMENT),
            ContactUpdated(**about, name=contact, checked_at=MOMENT),
        )

        async def look() -> str | None:
            query = {"project_id": tenant.things["project_id"], "limit": "100"}
            page = await self.good(tenant.owner, "GET", "/api/v1/dialogs", **query)
            found = [one["id"] for one in page["items"] if one["contact"]["external_id"] == user]
            return found[0] if found else None

        dialog = await wait_until(look, describe="the dialog")
        assert dialog is not None
        return dialog

    async def new_sent_reply(self, tenant: Tenant) -> str:
        """Answer in the tenant's dialog; VK takes it."""
        path = f"/api/v1/dialogs/{tenant.things['dialog_id']}/messages"
        reply = await self.good(
            tenant.owner,
            "POST",
            path,
            {"client_id": "sent", "text": f"ответ-{tenant.letter}", "take_over": True},
        )
        sent = ReplySent(
            project_id=UUID(tenant.things["project_id"]),
            integration_id=UUID(tenant.things["integration_id"]),
            epoch=1,
            reply_id=UUID(reply["id"]),
            external_id="1",
            conversation_message_id=4,
            sent_at=MOMENT,
        )
        await self.hear(sent)
        return str(reply["id"])

    async def new_file(self, tenant: Tenant) -> str:
        """Upload a file."""
        query = {"project_id": tenant.things["project_id"], "client_id": "seed", "name": "файл.txt"}
        content = f"файл-{tenant.letter}".encode()
        answer = await self.call_as(
            tenant.owner, "POST", "/api/v1/dialogs/files", content=content, query=query
        )
        assert answer.status == 201, answer.text
        return str(answer.document["id"])

    async def new_small(self, tenant: Tenant, kind: str) -> str:
        """Make one of the things that a team has in its project or in a dialog."""
        (path, template), new = SMALL[kind], {"word": uuid4().hex, "letter": tenant.letter, **tenant.things}
        body = {name: text.format_map(new) for name, text in template.items()}
        return str((await self.good(tenant.owner, "POST", path.format(**new), body))["id"])

    async def new_widget(self, tenant: Tenant, *, channel: bool = True) -> dict[str, Any]:
        body = {"project_id": tenant.things["project_id"], "name": f"виджет-{tenant.letter}"}
        widget: dict[str, Any] = await self.good(tenant.owner, "POST", "/api/v1/widgets", body)
        if channel:
            path = f"/api/v1/widgets/{widget['id']}/channels/{tenant.things['integration_id']}"
            await self.good(tenant.owner, "PUT", path)
        return widget

    async def new_api_key(self, tenant: Tenant, role: Role = Role.OPERATOR) -> dict[str, Any]:
        body = {"name": f"ключ-{tenant.letter}", "role": role}
        path = f"/api/v1/accounts/projects/{tenant.things['project_id']}/api-keys"
        key: dict[str, Any] = await self.good(tenant.owner, "POST", path, body)
        return key

    async def new_project(self, tenant: Tenant) -> str:
        body = {"name": f"другой-проект-{tenant.letter}"}
        return str((await self.good(tenant.owner, "POST", "/api/v1/accounts/projects", body))["id"])

    async def fresh(self, tenant: Tenant, kind: str) -> dict[str, Any]:
        """Make anew what a call uses up; gives the changed ids."""
        if kind in SMALL:
            return {kind: await self.new_small(tenant, kind)}
        match kind:
            case "person_id":
                return {kind: (await self.new_link(tenant))["id"]}
            case "token":
                return {kind: (await self.new_link(tenant))["enrolment"]["url"].rpartition("/")[2]}
            case "project_id":
                return {kind: await self.new_project(tenant)}
            case "integration_id":
                number = next(_numbers)
                connection = await self.new_connection(tenant, number)
                return {kind: await self.new_integration(tenant, number, connection)}
            case "dialog_id":
                dialog_id = await self.new_dialog(tenant)
                page = await self.good(tenant.owner, "GET", f"/api/v1/dialogs/{dialog_id}/messages")
                return {kind: dialog_id, "message_id": page["items"][0]["id"]}
            case "key_id":
                return {kind: (await self.new_api_key(tenant))["id"]}
            case "widget_id":
                return {kind: (await self.new_widget(tenant))["id"]}
            case _:
                raise LookupError(kind)

    async def new_tenant(self, letter: str) -> Tenant:
        """Fill a project with one thing of each kind."""
        owner, project_id = await self.new_owner(letter)
        tenant = Tenant(letter, {Role.OWNER: owner}, {"project_id": project_id})
        for role in (Role.ADMIN, Role.SUPERVISOR, Role.OPERATOR):
            tenant.people[role] = await self.new_person(tenant, role)
        things = tenant.things
        things["operator_id"] = tenant.people[Role.OPERATOR].id
        colleague = await self.new_person(tenant, Role.OPERATOR)
        things["person_id"] = colleague.id
        sessions = await self.good(colleague, "GET", "/api/v1/accounts/sessions")
        things["session_id"] = sessions["items"][0]["id"]
        things["token"] = (await self.new_link(tenant))["enrolment"]["url"].rpartition("/")[2]
        things["community_id"] = next(_numbers)
        things["key"] = f"vk1.a.key-of-{things['community_id']}-{letter}"
        things["connection_id"] = await self.new_connection(tenant, things["community_id"])
        things["integration_id"] = await self.new_integration(
            tenant, things["community_id"], things["connection_id"]
        )
        things["dialog_id"] = await self.new_dialog(tenant)
        widget = await self.new_widget(tenant)
        things["key_id"] = (await self.new_api_key(tenant))["id"]
        things["widget_id"], things["public_key"] = widget["id"], widget["public_key"]
        # So that every service has heard the people's names, too.
        for number, person in enumerate(tenant.people.values()):
            body = {"client_id": f"seed-{number}", "text": f"ответ-{letter}", "take_over": True}
            await self.good(person, "POST", f"/api/v1/dialogs/{things['dialog_id']}/messages", body)
        things["message_id"] = await self.new_sent_reply(tenant)
        things["file_id"] = await self.new_file(tenant)
        for kind in SMALL:
            things[kind] = await self.new_small(tenant, kind)
        tenant.names = [f"{kind}-{letter}" for kind in KINDS]
        return tenant


def cookie_of(answer: Answer, kind: str) -> str:
    """The value of the `session` or `access` cookie that an answer sets."""
    for text in answer.headers.get_list("set-cookie"):
        name, _, rest = text.partition("=")
        if name == f"otklik_{kind}":
            return rest.partition(";")[0]
    raise LookupError(kind)


@asynccontextmanager
async def open_otklik(folder: Path) -> AsyncIterator[Otklik]:
    """Run all services on one port until the block ends."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    bus = InProcessBus()
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    async with serving(stand_in_for_vk()) as vk_url:
        services = build_services(folder, url, vk_url, bus)
        async with (
            running(services, bus),
            serving(Router(services, stand_in_for_vk()), port=port),
            httpx.AsyncClient(base_url=url, cookies=no_cookies, trust_env=False, timeout=60) as http,
        ):
            yield Otklik(url, http, {service.name: service for service in services}, bus)
