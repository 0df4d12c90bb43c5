"""Dialogs as its neighbours see it: events come in, operators call, events go out."""

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import select

from dialogs.exports.exporters import Exporter
from dialogs.service import build
from dialogs.settings import DialogsSettings
from shared.events.accounts import ProjectCreated
from shared.events.channel import (
    ButtonPressed,
    ContactUpdated,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    MessagesRead,
    ReactionChanged,
    ReplyFailed,
    ReplySent,
    StaffReplied,
    WritingPermissionChanged,
)
from shared.events.envelope import Envelope, Event
from shared.events.integrations import IntegrationCreated, IntegrationDeleted, IntegrationStateChanged
from shared.http.access import Role
from shared.messaging.bus import InProcessBus, Letter
from shared.messaging.tables import outbox_table
from shared.runtime.service import Service, running
from shared.runtime.world import World
from tests.support.signing import TestKeys

T0 = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
USER = "501"
KEYS = TestKeys()


def letter(event: Event) -> Letter:
    """Put an event into an envelope of its own, which tells its story if it has one."""
    envelope = Envelope(
        id=uuid4(),
        type=event.type,
        occurred_at=datetime.now(UTC),
        correlation_id=event.correlation_id,
        payload=event.model_dump(mode="json"),
    )
    return Letter(envelope.id, event.type, envelope.model_dump_json().encode())


def settings_for(url: str, **more: Any) -> DialogsSettings:
    """Settings of a test: nobody to ask, nothing to wait for."""
    values: dict[str, Any] = {
        "service_key": "s" * 32,
        "integrations_url": "http://127.0.0.1:9",
        "reconcile_seconds": 3600,
        "changes_burst": 1_000,
        "files_url": "memory:///",
        "presence_seconds": 3600,
    }
    return DialogsSettings(database_url=url, **(values | more))


@dataclass
class Cabinet:
    """One running service, one project with one community, one operator (Anna)."""

    service: Service
    bus: InProcessBus
    client: httpx.AsyncClient
    project: UUID = field(default_factory=uuid4)
    integration: UUID = field(default_factory=uuid4)
    anna: UUID = field(default_factory=uuid4)
    boris: UUID = field(default_factory=uuid4)

    def headers(self, operator: UUID | None = None, name: str = "Анна", projects: Sequence[UUID] = ()) -> Any:
        roles = dict.fromkeys(projects or [self.project], Role.OPERATOR)
        token = KEYS.token(operator or self.anna, name=name, roles=roles)
        return {"Authorization": f"Bearer {token}"}

    async def hear(self, *events: Event, batch: bool = True) -> None:
        """Deliver events, each under an id of its own."""
        letters = [letter(event) for event in events]
        for group in [letters] if batch else [[one] for one in letters]:
            assert await self.bus.publish(group) == {one.event_id for one in group}

    async def connect(self, epoch: int = 1, version: int = 1) -> None:
        await self.hear(ProjectCreated(project_id=self.project, name="Магазин"), self.created(epoch, version))

    def created(self, epoch: int = 1, version: int = 1) -> IntegrationCreated:
        return IntegrationCreated(
            **self.registry(epoch, version),
            connection_id=uuid4(),
            name="Кофейня",
            screen_name="coffee",
            state="connecting",
        )

    def state(self, state: str, version: int, epoch: int = 1) -> IntegrationStateChanged:
        return IntegrationStateChanged(**self.registry(epoch, version), state=state)

    def deleted(self, version: int, epoch: int = 1) -> IntegrationDeleted:
        return IntegrationDeleted(**self.registry(epoch, version))

    def registry(self, epoch: int, version: int) -> dict[str, Any]:
        return {
            "project_id": self.project,
            "integration_id": self.integration,
            "channel": "vk",
            "community_id": 77,
            "epoch": epoch,
            "version": version,
        }

    def about(self, epoch: int = 1) -> dict[str, Any]:
        return {"project_id": self.project, "integration_id": self.integration, "epoch": epoch}

    def wrote(
        self, number: int, text: str = "", user: str = USER, epoch: int = 1, **more: Any
    ) -> MessageReceived:
        return MessageReceived(
            **self.about(epoch),
            external_id=user,
            conversation_message_id=number,
            text=text or f"message {number}",
            sent_at=moment(number),
            **more,
        )

    def staff(self, number: int, text: str = "", user: str = USER, **more: Any) -> StaffReplied:
        return StaffReplied(
            **self.about(),
            external_id=user,
            conversation_message_id=number,
            text=text or f"staff {number}",
            sent_at=moment(number),
            author_external_id="9",
            author_name="Ольга",
            **more,
        )

    def edited(
        self, number: int, text: str, second: float = 1, user: str = USER, **more: Any
    ) -> MessageEdited:
        """The customer's message is another one since `second` seconds after it was sent."""
        place = self.at(number, user) | {"by_customer": True, "sent_at": moment(number)}
        return MessageEdited(**(place | more), text=text, edited_at=edit_moment(number, second))

    def unsent(self, number: int, second: int = 1, user: str = USER) -> MessageDeleted:
        return MessageDeleted(**self.at(number, user), deleted_at=edit_moment(number, second))

    def read(self, through: int, user: str = USER) -> MessagesRead:
        return MessagesRead(**self.at(through, user), read_at=moment(through))

    def reacted(self, number: int, reaction: int | None, order: int, user: str = USER) -> ReactionChanged:
        return ReactionChanged(**self.at(number, user), reaction=reaction, order=order)

    def pressed(self, number: int, press_id: str, payload: str = "{}", user: str = USER) -> ButtonPressed:
        place = self.at(number, user)
        return ButtonPressed(**place, press_id=press_id, payload=payload, pressed_at=moment(number))

    def at(self, number: int, user: str = USER) -> dict[str, Any]:
        """The place of a message."""
        return {**self.about(), "external_id": user, "conversation_message_id": number}

    def named(self, name: str, seconds: int = 0, user: str = USER) -> ContactUpdated:
        return ContactUpdated(
            **self.about(), external_id=user, name=name, checked_at=T0 + timedelta(seconds=seconds)
        )

    def sent(
        self, reply_id: str, number: int, epoch: int = 1, attempt: int = 1, dropped: tuple[int, ...] = ()
    ) -> ReplySent:
        return ReplySent(
            **self.about(epoch),
            reply_id=UUID(reply_id),
            external_id=USER,
            conversation_message_id=number,
            sent_at=moment(number),
            attempt=attempt,
            dropped=dropped,
        )

    def failed(self, reply_id: str, reason: str = "no", epoch: int = 1, attempt: int = 1) -> ReplyFailed:
        return ReplyFailed(
            **self.about(epoch), reply_id=UUID(reply_id), external_id=USER, reason=reason, attempt=attempt
        )

    def permission(
        self, reason: str | None, minutes: float = 0, user: str = USER
    ) -> WritingPermissionChanged:
        """What the messenger said so many minutes after T0; without a reason one may write."""
        return WritingPermissionChanged(
            **self.about(),
            external_id=user,
            allowed=reason is None,
            reason=reason,
            checked_at=T0 + timedelta(minutes=minutes),
        )

    async def call(self, method: str, path: str, *, status: int = 200, **options: Any) -> Any:
        headers = options.pop("headers", None) or self.headers()
        answer = await self.client.request(method, f"/api/v1/dialogs{path}", headers=headers, **options)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def tab(self, tab: str, **options: Any) -> list[Any]:
        page = await self.call("GET", f"?project_id={self.project}&tab={tab}", **options)
        items: list[Any] = page["items"]
        return items

    async def only_dialog(self) -> Any:
        items = await self.tab("all") + await self.tab("closed")
        assert len(items) == 1, items
        return items[0]

    async def messages(self, dialog_id: str) -> list[Any]:
        page = await self.call("GET", f"/{dialog_id}/messages?limit=100")
        items: list[Any] = page["items"]
        return items

    async def reply(
        self, dialog_id: str, text: str = "Здравствуйте!", *, status: int = 202, **options: Any
    ) -> Any:
        document = {"client_id": options.pop("client_id", f"c{next(_numbers)}"), "text": text}
        document |= options.pop("more", {})
        return await self.call("POST", f"/{dialog_id}/messages", status=status, json=document, **options)

    async def announced(self, kind: type[Event]) -> list[Any]:
        """Return the events of a type that went into the outbox, in order."""
        query = select(outbox_table.c.body).where(outbox_table.c.type == kind.type)
        async with self.service.database.read() as session:
            bodies = (await session.scalars(query.order_by(outbox_table.c.position))).all()
        return [kind.model_validate(Envelope.from_bytes(body).payload) for body in bodies]


_numbers = itertools.count()


def moment(number: int) -> datetime:
    """The time at which VK numbered a message."""
    return T0 + timedelta(minutes=number)


def edit_moment(number: int, second: float) -> datetime:
    """A moment some seconds after VK numbered a message."""
    return moment(number) + timedelta(seconds=second)


@asynccontextmanager
async def open_cabinet(
    url: str, world: World | None = None, exporters: Sequence[Exporter] = (), **more: Any
) -> AsyncIterator[Cabinet]:
    """Run dialogs alone over a bus of its own."""
    bus = InProcessBus()
    settings = settings_for(url, **more)
    service = build(settings, world or World(), bus, keys=KEYS.source, exporters=exporters)
    transport = httpx.ASGITransport(app=service.app)
    async with (
        running([service], bus),
        httpx.AsyncClient(transport=transport, base_url="http://dialogs") as client,
    ):
        yield Cabinet(service, bus, client)
