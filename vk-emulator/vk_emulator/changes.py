"""What happens to messages that are there: edits, deletion, reactions, reading and pressed buttons."""

import json
from dataclasses import dataclass
from typing import Any

from vk_emulator.assumptions import Assumptions
from vk_emulator.callbacks.events import Events
from vk_emulator.clock import Clock
from vk_emulator.ledger import Draft, Ledger, Refused, check_active, check_text
from vk_emulator.model import Community, Dialog, Json, Message, Press
from vk_emulator.world import World

CHANGE_WINDOW_SECONDS = 24 * 3600


@dataclass
class Changes:
    """Changes messages and says so in events, where VK has one."""

    world: World
    clock: Clock
    assumptions: Assumptions
    events: Events
    ledger: Ledger

    def is_fresh(self, message: Message) -> bool:
        """Whether VK still lets it be edited, or deleted for everybody."""
        return self.clock.unix() - message.date < CHANGE_WINDOW_SECONDS

    def user_edits(
        self, community: Community, user_id: int, cmid: int, text: str, attachments: list[Json] | None
    ) -> Message:
        """The user changes an own message; attachments stay when none are given. Raises Refused."""
        message = self._own(community, user_id, cmid)
        check_active(community)
        content = message.attachments if attachments is None else attachments
        check_text(text, [*content, *message.forwarded])
        return self.edit(community, message, Draft(text=text, attachments=content, extras=message.extras))

    def edit(self, community: Community, message: Message, draft: Draft) -> Message:
        """Put a draft in a message's place (event message_edit)."""
        message.text = draft.text
        message.attachments = draft.attachments
        message.extras = {**draft.extras, "update_time": self.clock.unix()}
        message.version = self.ledger.next_version(community)
        self.world.save(message)
        self.events.message_edit(community, message)
        return message

    def user_deletes(self, community: Community, user_id: int, cmid: int) -> Message:
        """The user deletes an own message for everybody; VK has no event for it. Raises Refused."""
        return self.delete(community, self._own(community, user_id, cmid), "everybody")

    def delete(self, community: Community, message: Message, who: str) -> Message:
        """Delete a message for `community` or `everybody`, or bring it back with an empty word."""
        message.deleted = who
        message.version = self.ledger.next_version(community)
        self.world.save(message)
        return message

    def react(
        self, community: Community, dialog: Dialog, message: Message, peer_id: int, reaction_id: int | None
    ) -> None:
        """Somebody reacts to a message, or takes it back with None (event message_reaction_event)."""
        before = message.reactions.pop(str(peer_id), None)
        if before == reaction_id:
            if reaction_id is not None:
                message.reactions[str(peer_id)] = reaction_id
            return
        event: Json = {"reacted_id": peer_id, "peer_id": dialog.peer_id, "cmid": message.cmid}
        if reaction_id is not None:
            message.reactions[str(peer_id)] = reaction_id
            event["reaction_id"] = reaction_id
        message.version = self.ledger.next_version(community)
        self.world.save(message)
        if peer_id > 0 or self.assumptions.event_for_own_reactions:
            self.events.publish(community, "message_reaction_event", event)

    def user_reads(self, community: Community, user_id: int, up_to: int | None) -> None:
        """The user reads the dialog up to a number or to its end (event message_read)."""
        dialog = self.ledger.dialog(community, user_id)
        last = next(
            (m for m in reversed(dialog.messages) if m.out and (up_to is None or m.cmid <= up_to)), None
        )
        if last is None or dialog.out_read >= last.cmid:
            return
        dialog.out_read = last.cmid
        self.world.save(dialog)
        content = {"from_id": user_id, "peer_id": user_id, "read_message_id": last.id}
        self.events.publish(community, "message_read", {**content, "conversation_message_id": last.cmid})

    def user_types(self, community: Community, user_id: int, state: str = "typing") -> None:
        """The user types or records (event message_typing_state)."""
        content = {"state": state, "from_id": user_id, "to_id": -community.id}
        self.events.publish(community, "message_typing_state", content)

    def press(
        self, community: Community, user_id: int, cmid: int, row: int, column: int
    ) -> Message | Press | Json:
        """The user presses a button: a text button writes a message, a callback button waits for an answer.

        Other buttons only act on the user's side: their action is the answer. Raises Refused.
        """
        check_active(community)
        dialog = self.world.dialog(community.id, user_id)
        message = dialog.message(cmid) if dialog else None
        try:
            action = (message.extras["keyboard"] if message else {})["buttons"][row][column]["action"]
            kind, label, payload = action["type"], action.get("label", ""), action.get("payload")
        except (KeyError, IndexError, TypeError, AttributeError):
            raise Refused("not_found", "The message has no such button.") from None
        if kind == "text":
            extras = {} if payload is None else {"payload": _as_text(payload)}
            return self.ledger.user_writes(community, user_id, Draft(text=label, extras=extras))
        if kind != "callback":
            return {"action": action}
        press = Press(
            community.id, self.clock.hexadecimal(12), user_id, cmid, _as_object(payload), self.clock.unix()
        )
        self.world.save(press)
        event = {"user_id": user_id, "peer_id": user_id, "event_id": press.event_id}
        event |= {"payload": press.payload, "conversation_message_id": cmid}
        self.events.publish(community, "message_event", event)
        return press

    def _own(self, community: Community, user_id: int, cmid: int) -> Message:
        dialog = self.world.dialog(community.id, user_id)
        message = dialog.message(cmid) if dialog else None
        if message is None or message.out:
            raise Refused("not_found", "The user wrote no such message.")
        return message


def _as_text(payload: Any) -> str:
    return payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)


def _as_object(payload: Any) -> Any:
    try:
        return json.loads(payload) if isinstance(payload, str) else payload
    except ValueError:
        return payload
