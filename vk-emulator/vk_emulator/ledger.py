"""What people do: users write, allow and deny; the community and its administrators answer and block."""

from dataclasses import dataclass, field
from typing import Any

from vk_emulator.assumptions import Assumptions
from vk_emulator.callbacks.events import Events
from vk_emulator.clock import Clock
from vk_emulator.faults import Faults
from vk_emulator.message_views import utf16_units
from vk_emulator.model import Community, Delivery, Dialog, Json, Message, User
from vk_emulator.names import invented_user
from vk_emulator.world import World

LONGEST_TEXT_UNITS = 4096
# Settings of a community and what events call them.
SETTINGS = {"messages_enabled": "messages", "docs_enabled": "docs", "name": "title"}


class Refused(Exception):
    """VK would not let this person do it. `code` is stable, the text is for people."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass
class Draft:
    """A message before it has numbers."""

    text: str = ""
    attachments: list[Json] = field(default_factory=list)
    forwarded: list[Json] = field(default_factory=list)
    extras: Json = field(default_factory=dict)
    random_id: int = 0
    admin_author_id: int | None = None


@dataclass
class Ledger:
    """Writes dialogs and says so in events."""

    world: World
    clock: Clock
    faults: Faults
    assumptions: Assumptions
    events: Events

    def user(self, user_id: int) -> User:
        """The user with this id; made when there is none."""
        if user_id not in self.world.users:
            self.world.save(invented_user(user_id))
        return self.world.users[user_id]

    def dialog(self, community: Community, peer_id: int) -> Dialog:
        """The dialog of a community with a user; made when there is none."""
        dialog = self.world.dialog(community.id, peer_id)
        if dialog is None:
            self.user(peer_id)
            dialog = Dialog(community.id, peer_id)
            self.world.save(dialog)
        return dialog

    def user_writes(self, community: Community, user_id: int, draft: Draft) -> Message:
        """The user writes to the community. The first time, and after a denial, this also allows messages.

        Raises Refused.
        """
        self._check_user_may_write(community, user_id, draft)
        dialog = self.dialog(community, user_id)
        newly_allowed = not dialog.allowed
        dialog.allowed = True
        if self.faults.strike(community.id, "unknown_attachment"):
            draft.attachments.append({"type": "hologram", "hologram": {"id": 1, "owner_id": user_id}})
        message = self._append(community, dialog, user_id, draft)
        dialog.out_read = dialog.messages[-1].cmid
        dialog.answered = False
        self.world.save(dialog)
        allow = {"user_id": user_id, "key": ""}
        if newly_allowed and self.assumptions.allow_before_message:
            self.events.publish(community, "message_allow", allow)
        self.events.message_new(community, message)
        if newly_allowed and not self.assumptions.allow_before_message:
            self.events.publish(community, "message_allow", allow)
        return message

    def community_writes(
        self, community: Community, peer_id: int, draft: Draft
    ) -> tuple[Message, list[Delivery]]:
        """The community writes, by API or by an administrator; answers the message and its echoes."""
        message = self._append(community, self.dialog(community, peer_id), -community.id, draft)
        return message, self.events.message_reply(community, message)

    def admin_replies(
        self, community: Community, admin_id: int, user_id: int, text: str, attachments: list[Json]
    ) -> Message:
        """An administrator answers in VK itself; VK's clients set a random_id too. Raises Refused."""
        check_active(community)
        dialog = self.world.dialog(community.id, user_id)
        if dialog is None:
            raise Refused("no_dialog", "The user and the community have no dialog yet.")
        if not dialog.allowed or dialog.blocked:
            raise Refused("not_allowed", "The user does not receive messages of this community.")
        check_text(text, attachments)
        random_id = self.clock.random.randint(1, 2**31 - 1)
        draft = Draft(text=text, attachments=attachments, random_id=random_id, admin_author_id=admin_id)
        message, _ = self.community_writes(community, user_id, draft)
        dialog.in_read = message.cmid
        self.world.save(dialog)
        return message

    def allow(self, community: Community, user_id: int, key: str = "") -> Dialog:
        """The user allows messages (event message_allow)."""
        dialog = self.dialog(community, user_id)
        if not dialog.allowed:
            dialog.allowed = True
            self.world.save(dialog)
            self.events.publish(community, "message_allow", {"user_id": user_id, "key": key})
        return dialog

    def deny(self, community: Community, user_id: int) -> Dialog:
        """The user forbids messages (event message_deny)."""
        dialog = self.dialog(community, user_id)
        if dialog.allowed:
            dialog.allowed = False
            self.world.save(dialog)
            self.events.publish(community, "message_deny", {"user_id": user_id})
        return dialog

    def block(self, community: Community, user_id: int) -> Dialog:
        """The administrator puts the user on the blacklist (event user_block)."""
        dialog = self.dialog(community, user_id)
        if not dialog.blocked:
            dialog.blocked = True
            self.world.save(dialog)
            content: dict[str, Any] = {"admin_id": community.admin_id, "user_id": user_id}
            self.events.publish(
                community, "user_block", {**content, "unblock_date": 0, "reason": 0, "comment": ""}
            )
        return dialog

    def unblock(self, community: Community, user_id: int) -> Dialog:
        """The administrator takes the user off the blacklist (event user_unblock)."""
        dialog = self.dialog(community, user_id)
        if dialog.blocked:
            dialog.blocked = False
            self.world.save(dialog)
            content = {"admin_id": community.admin_id, "user_id": user_id, "by_end_date": 0}
            self.events.publish(community, "user_unblock", content)
        return dialog

    def change_settings(self, community: Community, **values: Any) -> None:
        """The administrator saves some of SETTINGS (event group_change_settings, with what changed)."""
        changes: Json = {}
        for name, value in values.items():
            before = getattr(community, name)
            if before != value:
                setattr(community, name, value)
                changes[SETTINGS[name]] = {"old_value": _shown(before), "new_value": _shown(value)}
        if changes:
            self.world.save(community)
            content = {"user_id": community.admin_id, "changes": changes}
            self.events.publish(community, "group_change_settings", content)

    def set_officer(self, community: Community, user_id: int, level: int) -> None:
        """The owner makes somebody an administrator (3), editor (2), moderator (1) or nobody (0).

        Event group_officers_edit.
        """
        before = community.level_of(user_id)
        if before == level:
            return
        community.officers[str(user_id)] = level
        self.world.save(community)
        content = {"admin_id": community.admin_id, "user_id": user_id}
        self.events.publish(
            community, "group_officers_edit", {**content, "level_old": before, "level_new": level}
        )

    def _append(self, community: Community, dialog: Dialog, from_id: int, draft: Draft) -> Message:
        message = Message(
            id=community.last_message_id + 1,
            community_id=community.id,
            cmid=len(dialog.messages) + 1,
            peer_id=dialog.peer_id,
            from_id=from_id,
            date=self.clock.unix(),
            random_id=draft.random_id,
            text=draft.text.encode("utf-8", "replace").decode(),
            version=self.next_version(community),
            attachments=draft.attachments,
            forwarded=draft.forwarded,
            admin_author_id=draft.admin_author_id,
            extras=draft.extras,
        )
        self.world.save(message)
        return message

    def next_version(self, community: Community) -> int:
        """The community's next revision number; every change of a message takes one."""
        community.last_version += 1
        return community.last_version

    def _check_user_may_write(self, community: Community, user_id: int, draft: Draft) -> None:
        check_active(community)
        if not community.messages_enabled:
            raise Refused("messages_disabled", "Messages of this community are switched off.")
        dialog = self.world.dialog(community.id, user_id)
        if dialog is not None and dialog.blocked:
            raise Refused("user_blocked", "The community has blocked this user.")
        user = self.world.users.get(user_id)
        if user is not None and user.deactivated:
            raise Refused("user_deactivated", "The user is deleted or banned.")
        check_text(draft.text, [*draft.attachments, *draft.forwarded])


def _shown(value: Any) -> Any:
    """A setting as events have it: switches are 1 and 0."""
    return int(value) if isinstance(value, bool) else value


def check_active(community: Community) -> None:
    """Raises Refused for a community that is deleted or banned."""
    if community.state != "active":
        raise Refused("community_deleted", "The community is deleted or banned.")


def check_text(text: str, content: list[Json]) -> None:
    """Raises Refused for a message that holds nothing or too much; `content` is what it has besides text."""
    if not text and not content:
        raise Refused("empty_message", "A message needs a text or an attachment.")
    if utf16_units(text) > LONGEST_TEXT_UNITS:
        raise Refused("text_too_long", f"VK takes at most {LONGEST_TEXT_UNITS} UTF-16 units.")
