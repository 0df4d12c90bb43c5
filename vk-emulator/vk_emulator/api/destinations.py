"""Where a message goes, and whether it may."""

from vk_emulator.api.errors import VkError, missing_or_invalid
from vk_emulator.api.registry import Call
from vk_emulator.model import CHAT_BASE, Dialog

NOT_GIVEN = "you should specify peer_id, user_id, domain, chat_id or user_ids param"
MOST_RECIPIENTS = 100


def recipients(call: Call) -> tuple[list[int], bool]:
    """The peers of messages.send, and whether the answer is an array. Raises 100."""
    parameters = call.parameters
    for name in ("peer_ids", "user_ids"):
        if parameters.has(name):
            return parameters.integers(name, most=MOST_RECIPIENTS), True
    return [peer_of(call)], False


def peer_of(call: Call) -> int:
    """The one peer named by peer_id, user_id, domain or chat_id. Raises 100."""
    parameters = call.parameters
    for name in ("peer_id", "user_id"):
        if parameters.has(name):
            peer_id = parameters.required_integer(name)
            if peer_id == 0:
                break
            return peer_id
    if parameters.has("chat_id"):
        return CHAT_BASE + parameters.required_integer("chat_id")
    if parameters.has("domain"):
        user = call.emulator.world.user_by_screen_name(parameters.text("domain"))
        if user is None:
            raise VkError(113)
        return user.id
    raise missing_or_invalid(NOT_GIVEN)


def refusal(call: Call, peer_id: int) -> VkError | None:
    """Why the community may not write to this peer: 917, 936, 18, 900 or 901; None when it may."""
    emulator = call.emulator
    if peer_id > CHAT_BASE:
        return VkError(917)
    if peer_id <= 0:
        return VkError(936)
    user = emulator.world.users.get(peer_id)
    if user is not None and user.deactivated:
        return VkError(18)
    dialog = emulator.world.dialog(call.community.id, peer_id)
    if dialog is not None and dialog.blocked:
        return VkError(900)
    if dialog is None or not dialog.allowed:
        return VkError(901)
    return None


def known_dialog(call: Call, peer_id: int) -> Dialog | None:
    """The dialog with a peer; chats are refused for communities (917), other peers unknown (936)."""
    if peer_id > CHAT_BASE:
        raise VkError(917)
    if peer_id <= 0:
        raise VkError(936)
    return call.emulator.world.dialog(call.community.id, peer_id)
