"""Events: who gets one, in which shape, and what the faults make of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from vk_emulator.assumptions import Assumptions
from vk_emulator.callbacks.sender import Sender
from vk_emulator.clock import Clock
from vk_emulator.faults import Faults
from vk_emulator.long_poll import LongPoll
from vk_emulator.message_views import CLIENT_INFO, cropped, escaped, whole
from vk_emulator.model import CallbackServer, Community, Delivery, Json, Message
from vk_emulator.world import World

Shape = Callable[[str], Json]

CROPPED_UNITS = 500
CROPPED_ATTACHMENTS = 3


@dataclass
class Events:
    """Turns what happened into events for every callback server and for Long Poll."""

    world: World
    clock: Clock
    faults: Faults
    assumptions: Assumptions
    sender: Sender
    long_poll: LongPoll
    origin: str

    def publish(self, community: Community, event_type: str, content: Json) -> list[Delivery]:
        """Send an event whose object is the same in every API version."""
        return self._publish(community, event_type, lambda version: content)

    def message_new(self, community: Community, message: Message) -> list[Delivery]:
        """The user wrote (event message_new): bare below 5.103, else with client_info."""
        bare = bool(self.faults.strike(community.id, "message_new_bare")) or self.assumptions.message_new_bare
        content = self._message(community, message)
        client_info = dict(CLIENT_INFO)
        if self.faults.strike(community.id, "extra_keys"):
            content["quantum_state"] = {"spin": "up"}
            client_info["hologram_allowed"] = True
        if self.faults.strike(community.id, "unknown_event"):
            self._publish(
                community, "message_teleported", lambda version: {"peer_id": message.peer_id}, always=True
            )

        def shape(version: str) -> Json:
            if bare or is_below(version, "5.103"):
                return content
            return {"message": content, "client_info": client_info}

        return self._publish(community, "message_new", shape)

    def message_reply(self, community: Community, message: Message) -> list[Delivery]:
        """The community wrote (event message_reply), by whatever way; the object is the message itself."""
        if self.faults.strike(community.id, "echo_drop"):
            return []
        content = self._message(community, message)
        delay = 0.0
        fault = self.faults.strike(community.id, "echo_delay")
        if fault is not None:
            delay = float(fault.options.get("seconds", 2))
        return self._publish(community, "message_reply", lambda version: content, delay_seconds=delay)

    def message_edit(self, community: Community, message: Message) -> list[Delivery]:
        """A message was changed (event message_edit)."""
        return self.publish(community, "message_edit", self._message(community, message))

    def _message(self, community: Community, message: Message) -> Json:
        content = whole(message, community.origin or self.origin)
        cut = self.faults.strike(community.id, "message_cropped")
        if cut is not None:
            units = int(cut.options.get("units", CROPPED_UNITS))
            attachments = int(cut.options.get("attachments", CROPPED_ATTACHMENTS))
            content = cropped(content, units=units, attachments=attachments)
        if self.assumptions.escape_entities or self.faults.strike(community.id, "escape_entities"):
            content["text"] = escaped(content["text"])
        return content

    def _publish(
        self,
        community: Community,
        event_type: str,
        shape: Shape,
        *,
        always: bool = False,
        delay_seconds: float = 0.0,
    ) -> list[Delivery]:
        event_id = self.clock.hexadecimal(40)
        deliveries = []
        for server in self.world.servers[community.id].values():
            if server.status == "ok" and (always or server.flags.get(event_type)):
                content = _envelope(community, event_type, event_id, server.api_version, shape)
                if server.secret_key:
                    content["secret"] = server.secret_key
                deliveries += self._deliver(server, event_type, event_id, content, delay_seconds)
                if not self.assumptions.same_event_id_everywhere:
                    event_id = self.clock.hexadecimal(40)
        if community.long_poll_enabled and (always or community.long_poll_flags.get(event_type)):
            version = community.long_poll_version
            self.long_poll.append(community, _envelope(community, event_type, event_id, version, shape))
        return deliveries

    def _deliver(
        self, server: CallbackServer, event_type: str, event_id: str, content: Json, delay_seconds: float
    ) -> list[Delivery]:
        def struck(name: str) -> Json | None:
            fault = self.faults.strike(server.community_id, name, subject=event_type)
            return None if fault is None else fault.options

        now = self.clock.now()
        due = now + delay_seconds
        late = struck("callback_delay")
        if late is not None:
            due += self.clock.random.uniform(0, float(late.get("seconds_max", 5)))
        shuffled = struck("callback_reorder")
        if shuffled is not None:
            due += self.clock.random.uniform(0, float(shuffled.get("seconds_max", 1)))
        copies = 2 if struck("callback_duplicate") is not None else 1
        lost = struck("callback_lost") is not None or struck("callback_drop") is not None
        state = "dropped" if lost else "pending"
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        deliveries = []
        for _ in range(copies):
            delivery = Delivery(
                number=self.world.last_delivery + 1,
                community_id=server.community_id,
                server_id=server.id,
                event_id=event_id,
                type=event_type,
                content=text,
                created_at=now,
                next_attempt_at=due,
                state=state,
            )
            self.world.save(delivery)
            if state == "pending":
                self.sender.schedule(delivery)
            deliveries.append(delivery)
        return deliveries


def is_below(version: str, border: str) -> bool:
    """Whether an API version like 5.92 is older than another."""
    return [int(part) for part in version.split(".")] < [int(part) for part in border.split(".")]


def _envelope(community: Community, event_type: str, event_id: str, version: str, shape: Shape) -> Json:
    return {
        "type": event_type,
        "event_id": event_id,
        "v": version,
        "group_id": community.id,
        "object": shape(version),
    }
