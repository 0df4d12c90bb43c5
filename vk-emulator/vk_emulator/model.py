"""What VK remembers: the records, each stored whole under its kind and key."""

from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

Json = dict[str, Any]

RIGHTS = {"photos": 4, "messages": 4096, "docs": 131072, "manage": 262144}
CHAT_BASE = 2_000_000_000


@dataclass
class Record:
    """Something that survives a restart."""

    kind: ClassVar[str]
    key_fields: ClassVar[tuple[str, ...]]

    @property
    def key(self) -> str:
        """Names the record among those of its kind; sorts as its numbers do."""
        values = [getattr(self, name) for name in self.key_fields]
        return ":".join(value if isinstance(value, str) else f"{value:012d}" for value in values)

    def body(self) -> Json:
        """The fields that are stored."""
        return {name: getattr(self, name) for name in STORED_NAMES[self.kind]}


@dataclass
class Start(Record):
    """How often the emulator was started on this data, so that a seeded run never repeats its ids."""

    kind: ClassVar[str] = "start"
    key_fields: ClassVar[tuple[str, ...]] = ()
    number: int


@dataclass
class User(Record):
    """A person of VK. `sex` is 1 for women, 2 for men."""

    kind: ClassVar[str] = "user"
    key_fields: ClassVar[tuple[str, ...]] = ("id",)
    id: int
    first_name: str
    last_name: str
    sex: int
    screen_name: str
    city: str
    deactivated: str | None = None


@dataclass
class Community(Record):
    """A community with its settings. `state` is active, deleted or banned."""

    kind: ClassVar[str] = "community"
    key_fields: ClassVar[tuple[str, ...]] = ("id",)
    id: int
    name: str
    screen_name: str
    admin_id: int
    confirmation_code: str
    messages_enabled: bool = True
    state: str = "active"
    last_server_id: int = 0
    long_poll_enabled: bool = False
    long_poll_version: str = "5.199"
    long_poll_flags: dict[str, int] = field(default_factory=dict)
    last_message_id: int = field(default=0, metadata={"transient": True})
    last_version: int = field(default=10_000_000, metadata={"transient": True})


@dataclass
class Token(Record):
    """A community key with its rights."""

    kind: ClassVar[str] = "token"
    key_fields: ClassVar[tuple[str, ...]] = ("value",)
    value: str
    community_id: int
    rights: list[str]
    revoked: bool = False


@dataclass
class Message(Record):
    """One message of a dialog. `extras` holds payload, reply_message, ref and the like, as VK names them."""

    kind: ClassVar[str] = "message"
    key_fields: ClassVar[tuple[str, ...]] = ("community_id", "id")
    id: int
    community_id: int
    cmid: int
    peer_id: int
    from_id: int
    date: int
    random_id: int
    text: str
    version: int
    attachments: list[Json] = field(default_factory=list)
    forwarded: list[Json] = field(default_factory=list)
    admin_author_id: int | None = None
    extras: Json = field(default_factory=dict)

    @property
    def out(self) -> int:
        """1 when the community wrote it."""
        return int(self.from_id < 0)


@dataclass
class Dialog(Record):
    """A community's dialog with a user, and what both allow each other."""

    kind: ClassVar[str] = "dialog"
    key_fields: ClassVar[tuple[str, ...]] = ("community_id", "peer_id")
    community_id: int
    peer_id: int
    allowed: bool = False
    blocked: bool = False
    in_read: int = 0
    out_read: int = 0
    important: bool = False
    answered: bool = False
    messages: list[Message] = field(default_factory=list, metadata={"transient": True})

    def message(self, cmid: int) -> Message | None:
        """The message with this number. Numbers are dense, so the place is the number."""
        return self.messages[cmid - 1] if 0 < cmid <= len(self.messages) else None


@dataclass
class CallbackServer(Record):
    """An address that receives a community's events. `status` is unconfigured, wait, failed or ok."""

    kind: ClassVar[str] = "server"
    key_fields: ClassVar[tuple[str, ...]] = ("community_id", "id")
    id: int
    community_id: int
    title: str
    url: str
    secret_key: str
    creator_id: int = 0
    status: str = "wait"
    api_version: str = "5.199"
    flags: dict[str, int] = field(default_factory=dict)
    failures_in_a_row: int = 0
    paused_until: float = 0.0


@dataclass
class Delivery(Record):
    """One event on its way to one callback server.

    `state`: pending, delivered, given_up, dropped (a fault ate it) or cancelled (its server is gone).
    """

    kind: ClassVar[str] = "delivery"
    key_fields: ClassVar[tuple[str, ...]] = ("number",)
    number: int
    community_id: int
    server_id: int
    event_id: str
    type: str
    content: str
    created_at: float
    next_attempt_at: float
    state: str = "pending"
    attempts: int = 0
    failures: int = 0
    last_answer: Json | None = None


@dataclass
class Update(Record):
    """One event kept for Bots Long Poll; `ts` is its number."""

    kind: ClassVar[str] = "update"
    key_fields: ClassVar[tuple[str, ...]] = ("community_id", "ts")
    community_id: int
    ts: int
    event: Json


@dataclass
class Fault(Record):
    """A switch that makes VK go wrong for one community. `remaining` counts down when `times` was given."""

    kind: ClassVar[str] = "fault"
    key_fields: ClassVar[tuple[str, ...]] = ("community_id", "id")
    id: int
    community_id: int
    name: str
    options: Json
    remaining: int | None = None
    hits: int = 0


RECORD_TYPES: dict[str, type[Record]] = {
    record_type.kind: record_type
    for record_type in (
        Start, User, Community, Token, Message, Dialog, CallbackServer, Delivery, Update, Fault,
    )
}  # fmt: skip

STORED_NAMES: dict[str, tuple[str, ...]] = {
    kind: tuple(f.name for f in fields(record_type) if not f.metadata.get("transient"))
    for kind, record_type in RECORD_TYPES.items()
}
