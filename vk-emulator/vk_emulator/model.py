"""What VK remembers: the records, each stored whole under its kind and key."""

from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, ClassVar

Json = dict[str, Any]

# What a support product's key needs, and all that VK knows.
RIGHTS = {"photos": 4, "messages": 4096, "docs": 131072, "manage": 262144}
ALL_RIGHTS = {"stories": 1, "photos": 4, "app_widget": 64, "messages": 4096, "wall": 8192, "docs": 131072,
              "manage": 262144}  # fmt: skip
ADMINISTRATOR = 3
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
        """The fields that are stored: those that differ from their defaults."""
        values = ((name, getattr(self, name), otherwise) for name, otherwise in STORED[self.kind])
        return {name: value for name, value, otherwise in values if value != otherwise}


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
    """A community with its settings. `state` is active, deleted or banned.

    `origin` is the emulator's address as the community's software last called it; `officers` holds the
    levels of administrators (1 moderator, 2 editor, 3 administrator) that were changed.
    """

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
    docs_enabled: bool = True
    upload_secret: str = ""
    origin: str = ""
    officers: dict[str, int] = field(default_factory=dict)
    online: bool = False
    last_message_id: int = field(default=0, metadata={"transient": True})
    last_version: int = field(default=10_000_000, metadata={"transient": True})

    def level_of(self, user_id: int) -> int:
        """1 moderator, 2 editor, 3 administrator, 0 nobody."""
        return self.officers.get(str(user_id), ADMINISTRATOR if user_id == self.admin_id else 0)


@dataclass
class App(Record):
    """The application that people let into their accounts and communities.

    No `redirects`: every loopback address is trusted. `groups_scope` is granted, dropped (the token comes
    without it) or refused; `token_shape` is groups, named or empty (as this VK was drawn).
    """

    kind: ClassVar[str] = "app"
    key_fields: ClassVar[tuple[str, ...]] = ()
    id: int
    name: str
    secret: str
    service_key: str
    redirects: list[str]
    groups_scope: str = "granted"
    token_shape: str = ""


@dataclass
class Token(Record):
    """A key: of a community, of a person (no community), or of the application (neither).

    `user_id` is the person it belongs to, or who consented to it; `rights` are a person's scopes.
    """

    kind: ClassVar[str] = "token"
    key_fields: ClassVar[tuple[str, ...]] = ("value",)
    value: str
    community_id: int
    rights: list[str]
    revoked: bool = False
    user_id: int = 0
    app_id: int = 0
    expires_at: float | None = None

    @property
    def bearer(self) -> str:
        """community, user or service."""
        if self.community_id:
            return "community"
        return "user" if self.user_id else "service"


@dataclass
class Code(Record):
    """What a person's consent gives the application to exchange, once. `flow`: identity or communities."""

    kind: ClassVar[str] = "code"
    key_fields: ClassVar[tuple[str, ...]] = ("value",)
    value: str
    flow: str
    user_id: int
    redirect_uri: str
    scope: list[str]
    expires_at: float
    challenge: str = ""
    device_id: str = ""
    community_ids: list[int] = field(default_factory=list)
    spent: bool = False


@dataclass
class Session(Record):
    """A person signed in to the application by VK ID, until its refresh token is used, revoked or too old."""

    kind: ClassVar[str] = "session"
    key_fields: ClassVar[tuple[str, ...]] = ("refresh_token",)
    refresh_token: str
    access_token: str
    id_token: str
    user_id: int
    device_id: str
    scope: list[str]
    expires_at: float
    ended: bool = False


@dataclass
class Message(Record):
    """One message of a dialog. `extras` holds payload, reply_message, ref and the like, as VK names them.

    `deleted` is empty, `community` (it alone no longer sees the message) or `everybody`. `reactions` holds
    who reacted with which reaction.
    """

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
    deleted: str = ""
    reactions: dict[str, int] = field(default_factory=dict)

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
    deleted: set[int] = field(default_factory=set, metadata={"transient": True})

    def numbered(self, cmid: int) -> Message | None:
        """The message with this number, deleted or not. Numbers are dense, so the place is the number."""
        return self.messages[cmid - 1] if 0 < cmid <= len(self.messages) else None

    def message(self, cmid: int) -> Message | None:
        """The message with this number, unless it was deleted."""
        return None if cmid in self.deleted else self.numbered(cmid)

    def shown(self) -> list[Message]:
        """The messages that the community still sees, oldest first."""
        return [m for m in self.messages if not m.deleted] if self.deleted else self.messages

    def last(self) -> Message | None:
        """The newest message that the community still sees."""
        return next((message for message in reversed(self.messages) if not message.deleted), None)


@dataclass
class Media(Record):
    """A file that somebody uploaded; its bytes lie in the media folder under `token`.

    `use` is photo, doc, audio_message or graffiti; `duration` is in seconds.
    """

    kind: ClassVar[str] = "media"
    key_fields: ClassVar[tuple[str, ...]] = ("token",)
    token: str
    community_id: int
    use: str
    owner_id: int
    peer_id: int
    filename: str
    size: int
    width: int = 0
    height: int = 0
    duration: int = 0


@dataclass
class Attachment(Record):
    """A saved photo or document that messages may carry. `family` is photo or doc; `content` its object."""

    kind: ClassVar[str] = "attachment"
    key_fields: ClassVar[tuple[str, ...]] = ("family", "owner_id", "id")
    family: str
    owner_id: int
    id: int
    access_key: str
    peer_id: int
    token: str
    content: Json


@dataclass
class Press(Record):
    """A callback button that a user pressed, and what the community answered to it."""

    kind: ClassVar[str] = "press"
    key_fields: ClassVar[tuple[str, ...]] = ("community_id", "event_id")
    community_id: int
    event_id: str
    user_id: int
    cmid: int
    payload: Any
    pressed_at: int
    answer: Json | None = None
    answered_at: int | None = None


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
        Media, Attachment, Press, App, Code, Session,
    )
}  # fmt: skip

_NO_DEFAULT = object()


def _default(one: Field[Any]) -> Any:
    if one.default_factory is not MISSING:
        return one.default_factory()
    return _NO_DEFAULT if one.default is MISSING else one.default


# Kind -> its stored fields with their defaults.
STORED: dict[str, tuple[tuple[str, Any], ...]] = {
    kind: tuple((f.name, _default(f)) for f in fields(record_type) if not f.metadata.get("transient"))
    for kind, record_type in RECORD_TYPES.items()
}
