"""The whole state in memory, indexed for reading; every change is queued for the disk at once."""

import gc
from collections import deque
from collections.abc import Iterable
from typing import Any

from vk_emulator.inbox import Inbox
from vk_emulator.journal import Journal
from vk_emulator.model import (
    RECORD_TYPES,
    App,
    Attachment,
    CallbackServer,
    Code,
    Community,
    Delivery,
    Dialog,
    Fault,
    Media,
    Message,
    Press,
    Record,
    Session,
    Start,
    Token,
    Update,
    User,
)

KEPT_UPDATES = 1000
KEPT_DELIVERIES = 2000
KEPT_PRESSES = 1000
KEPT_CODES = 1000
# Faults under this number strike the application: OAuth, and calls with people's and service tokens.
OF_APP = 0


class World:
    """VK's memory. `save` puts a new or changed record in place and queues it for the disk."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.start = Start(number=0)
        self.users: dict[int, User] = {}
        self.communities: dict[int, Community] = {}
        self.tokens: dict[str, Token] = {}
        self.dialogs: dict[int, dict[int, Dialog]] = {}
        self.messages: dict[int, dict[int, Message]] = {}
        self.servers: dict[int, dict[int, CallbackServer]] = {}
        self.deliveries: dict[int, dict[int, Delivery]] = {}
        self.updates: dict[int, deque[Update]] = {}
        self.app = App(0, "", "", "", [])
        self.codes: dict[str, Code] = {}
        self.sessions: dict[str, Session] = {}
        self.faults: dict[int, dict[int, Fault]] = {OF_APP: {}}
        self.inboxes: dict[int, Inbox] = {}
        self.media: dict[str, Media] = {}
        self.attachments: dict[tuple[str, int, int], Attachment] = {}
        self.presses: dict[int, dict[str, Press]] = {}
        self.last_delivery = 0
        self.last_attachment = 0
        self._loading = False
        self._places: dict[type[Record], Any] = {
            User: self._place_user,
            Community: self._place_community,
            Token: self._place_token,
            Dialog: self._place_dialog,
            Message: self._place_message,
            CallbackServer: self._place_server,
            Delivery: self._place_delivery,
            Update: self._place_update,
            Fault: self._place_fault,
            Start: self._place_start,
            Media: self._place_media,
            Attachment: self._place_attachment,
            Press: self._place_press,
            App: self._place_app,
            Code: self._place_code,
            Session: self._place_session,
        }

    def load(self) -> None:
        """Read everything the journal kept."""
        # A hundred thousand messages are made at once and all of them stay; looking for garbage among them
        # would double the time of the start.
        gc.disable()
        self._loading = True
        # Messages come last: they need their dialogs and communities.
        for kind, record_type in sorted(RECORD_TYPES.items(), key=lambda item: item[0] == "message"):
            place = self._places[record_type]
            for body in self.journal.load(kind):
                place(record_type(**body))
        self._loading = False
        for community_id, dialogs in self.dialogs.items():
            self.inboxes[community_id].fill(dialogs.values())
        gc.freeze()
        gc.enable()

    def save(self, *records: Record) -> None:
        """Put records in place and queue them for the disk."""
        for record in records:
            self._places[type(record)](record)
            self.journal.put(record.kind, record.key, record.body())

    def remember(self, message: Message) -> None:
        """Save a message of a dialog that is saved itself afterwards, which spares sorting the inbox."""
        self._add_message(message)
        self.journal.put(message.kind, message.key, message.body())

    def dialog(self, community_id: int, peer_id: int) -> Dialog | None:
        """The dialog of a community with a user, if they ever had to do with each other."""
        return self.dialogs.get(community_id, {}).get(peer_id)

    def message(self, community_id: int, message_id: int) -> Message | None:
        """The message with this id, unless it was deleted."""
        message = self.messages[community_id].get(message_id)
        return None if message is None or message.deleted else message

    def community_by_screen_name(self, name: str) -> Community | None:
        """The community with this short name, also written as club<id> or public<id>."""
        for community in self.communities.values():
            if name in (community.screen_name, f"club{community.id}", f"public{community.id}"):
                return community
        return None

    def user_by_screen_name(self, name: str) -> User | None:
        """The user with this short name, also written as id<id>."""
        for user in self.users.values():
            if name in (user.screen_name, f"id{user.id}"):
                return user
        return None

    def token(self, value: str) -> Token | None:
        """The token of this value; the application's service key never ends."""
        if value and value == self.app.service_key:
            return Token(value, 0, [], app_id=self.app.id)
        return self.tokens.get(value)

    def keys_of(self, community_id: int) -> list[Token]:
        """The community's valid keys, oldest first."""
        return [t for t in self.tokens.values() if t.community_id == community_id and not t.revoked]

    def remove_server(self, server: CallbackServer) -> None:
        """Forget a callback server."""
        self.servers[server.community_id].pop(server.id, None)
        self.journal.remove(server.kind, server.key)

    def remove_faults(self, faults: Iterable[Fault]) -> None:
        """Forget switches."""
        for fault in list(faults):
            self.faults[fault.community_id].pop(fault.id, None)
            self.journal.remove(fault.kind, fault.key)

    def _place_start(self, start: Start) -> None:
        self.start = start

    def _place_user(self, user: User) -> None:
        self.users[user.id] = user

    def _place_community(self, community: Community) -> None:
        self.communities[community.id] = community
        for index in (
            self.dialogs, self.messages, self.servers, self.deliveries, self.faults, self.presses,
        ):  # fmt: skip
            index.setdefault(community.id, {})
        self.inboxes.setdefault(community.id, Inbox())
        self.updates.setdefault(community.id, deque())

    def _place_app(self, app: App) -> None:
        self.app = app

    def _place_code(self, code: Code) -> None:
        self.codes[code.value] = code
        if len(self.codes) > KEPT_CODES:
            oldest = self.codes.pop(next(iter(self.codes)))
            self.journal.remove(oldest.kind, oldest.key)

    def _place_session(self, session: Session) -> None:
        self.sessions[session.refresh_token] = session

    def _place_token(self, token: Token) -> None:
        self.tokens[token.value] = token

    def _place_dialog(self, dialog: Dialog) -> None:
        self.dialogs.setdefault(dialog.community_id, {})[dialog.peer_id] = dialog
        if not self._loading:
            self.inboxes[dialog.community_id].place(dialog)

    def _place_message(self, message: Message) -> None:
        dialog = self._add_message(message)
        if not self._loading:
            self.inboxes[message.community_id].place(dialog)

    def _add_message(self, message: Message) -> Dialog:
        community = self.communities[message.community_id]
        community.last_message_id = max(community.last_message_id, message.id)
        community.last_version = max(community.last_version, message.version)
        dialog = self.dialogs[community.id][message.peer_id]
        if message.id not in self.messages[community.id]:
            self.messages[community.id][message.id] = message
            dialog.messages.append(message)
        if message.deleted:
            dialog.deleted.add(message.cmid)
        elif dialog.deleted:
            dialog.deleted.discard(message.cmid)
        return dialog

    def _place_server(self, server: CallbackServer) -> None:
        self.servers.setdefault(server.community_id, {})[server.id] = server

    def _place_delivery(self, delivery: Delivery) -> None:
        self.last_delivery = max(self.last_delivery, delivery.number)
        kept = self.deliveries.setdefault(delivery.community_id, {})
        kept[delivery.number] = delivery
        if len(kept) > KEPT_DELIVERIES * 1.5:
            self._forget_old_deliveries(kept)

    def _forget_old_deliveries(self, kept: dict[int, Delivery]) -> None:
        finished = [d for d in kept.values() if d.state != "pending"]
        for delivery in finished[: max(0, len(finished) - KEPT_DELIVERIES)]:
            del kept[delivery.number]
            self.journal.remove(delivery.kind, delivery.key)

    def _place_update(self, update: Update) -> None:
        kept = self.updates.setdefault(update.community_id, deque())
        kept.append(update)
        if len(kept) > KEPT_UPDATES:
            oldest = kept.popleft()
            self.journal.remove(oldest.kind, oldest.key)

    def _place_fault(self, fault: Fault) -> None:
        self.faults.setdefault(fault.community_id, {})[fault.id] = fault

    def _place_media(self, media: Media) -> None:
        self.media[media.token] = media

    def _place_attachment(self, attachment: Attachment) -> None:
        self.last_attachment = max(self.last_attachment, attachment.id)
        self.attachments[attachment.family, attachment.owner_id, attachment.id] = attachment

    def _place_press(self, press: Press) -> None:
        kept = self.presses.setdefault(press.community_id, {})
        kept[press.event_id] = press
        if len(kept) > KEPT_PRESSES:
            oldest = kept.pop(next(iter(kept)))
            self.journal.remove(oldest.kind, oldest.key)
