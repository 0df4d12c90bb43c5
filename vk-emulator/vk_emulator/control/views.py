"""What control calls answer."""

from vk_emulator.api.history import can_write
from vk_emulator.callbacks.flags import all_flags
from vk_emulator.emulator import Emulator
from vk_emulator.inbox import is_unanswered, unread_count
from vk_emulator.message_views import whole
from vk_emulator.model import (
    App,
    CallbackServer,
    Community,
    Delivery,
    Dialog,
    Fault,
    Json,
    Message,
    Press,
    Session,
    Token,
    User,
)
from vk_emulator.world import World


def server_view(server: CallbackServer) -> Json:
    """A callback server with its state."""
    return {
        "id": server.id,
        "title": server.title,
        "url": server.url,
        "secret_key": server.secret_key,
        "status": server.status,
        "api_version": server.api_version,
        "events": [flag for flag, value in all_flags(server.flags).items() if value],
        "failures_in_a_row": server.failures_in_a_row,
        "paused_until": server.paused_until or None,
    }


def community_view(emulator: Emulator, community: Community) -> Json:
    """A community with its first valid key and its servers."""
    world = emulator.world
    keys = [token.value for token in world.keys_of(community.id)]
    admin = world.users[community.admin_id]
    return {
        "id": community.id,
        "name": community.name,
        "screen_name": community.screen_name,
        "key": keys[0] if keys else None,
        "keys": keys,
        "state": community.state,
        "messages_enabled": community.messages_enabled,
        "docs_enabled": community.docs_enabled,
        "admin_id": community.admin_id,
        "admin_name": f"{admin.first_name} {admin.last_name}",
        "officers": {str(admin.id): 3, **community.officers},
        "team": _team(world, community),
        "avatar_url": f"/emulator/avatars/-{community.id}.svg",
        "long_poll_enabled": community.long_poll_enabled,
        "callback_servers": [server_view(server) for server in world.servers[community.id].values()],
    }


def _team(world: World, community: Community) -> list[Json]:
    """The people who run a community, the mightiest first."""
    ids = {community.admin_id, *map(int, community.officers)}
    people = [user_view(world.users[user_id]) for user_id in ids if user_id in world.users]
    team = [
        {"user_id": user["id"], "name": user["name"], "level": community.level_of(user["id"])}
        for user in people
    ]
    return sorted((one for one in team if one["level"]), key=lambda one: (-one["level"], one["user_id"]))


def user_view(user: User) -> Json:
    """A user."""
    return {
        "id": user.id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "name": f"{user.first_name} {user.last_name}".strip(),
        "screen_name": user.screen_name,
        "sex": user.sex,
        "city": user.city,
        "deactivated": user.deactivated,
        "avatar_url": f"/emulator/avatars/{user.id}.svg",
    }


def message_view(message: Message, origin: str) -> Json:
    """A message as VK keeps it, with admin_author_id always there; `deleted` when it was."""
    view = {"admin_author_id": None, **whole(message, origin)}
    return {**view, "deleted": message.deleted} if message.deleted else view


def press_view(press: Press) -> Json:
    """A pressed callback button; `answer` is the event_data of the community's answer."""
    return {
        "event_id": press.event_id,
        "user_id": press.user_id,
        "conversation_message_id": press.cmid,
        "payload": press.payload,
        "pressed_at": press.pressed_at,
        "answer": press.answer,
        "answered_at": press.answered_at,
    }


def dialog_view(emulator: Emulator, community: Community, dialog: Dialog, origin: str) -> Json:
    """A dialog with what both sides allow each other and what the community did there last."""
    last, user = dialog.last(), emulator.world.users[dialog.peer_id]
    return {
        "user": user_view(user),
        "allowed": dialog.allowed,
        "blocked": dialog.blocked,
        "can_write": can_write(community, dialog, user),
        "message_count": len(dialog.messages) - len(dialog.deleted),
        "unread_count": unread_count(dialog),
        "unanswered": is_unanswered(dialog),
        "in_read": dialog.in_read,
        "out_read": dialog.out_read,
        "last_message": message_view(last, origin) if last else None,
        "activity": emulator.last_activity(community.id, dialog.peer_id),
    }


def delivery_view(delivery: Delivery) -> Json:
    """A callback delivery with its body and the last answer to it."""
    return {
        "id": delivery.number,
        "event_id": delivery.event_id,
        "type": delivery.type,
        "server_id": delivery.server_id,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "failures": delivery.failures,
        "created_at": delivery.created_at,
        "next_attempt_at": delivery.next_attempt_at if delivery.state == "pending" else None,
        "last_answer": delivery.last_answer,
        "body": delivery.content,
    }


def fault_view(fault: Fault) -> Json:
    """A fault that is on."""
    return {
        "id": fault.id,
        "kind": fault.name,
        **fault.options,
        "remaining": fault.remaining,
        "hits": fault.hits,
    }


def app_view(app: App) -> Json:
    """The application with its secrets: this VK keeps none."""
    return {
        "id": app.id,
        "name": app.name,
        "secret": app.secret,
        "service_key": app.service_key,
        "redirects": app.redirects,
        "groups_scope": app.groups_scope,
        "token_shape": app.token_shape,
    }


def session_view(world: World, session: Session) -> Json:
    """Somebody who is signed in by VK ID."""
    return {
        "user_id": session.user_id,
        "name": user_view(world.users[session.user_id])["name"],
        "scope": session.scope,
        "expires_at": session.expires_at,
    }


def key_view(token: Token) -> Json:
    """A community's key; `app_id` is 0 for one that was made by hand."""
    return {
        "key": token.value,
        "rights": token.rights,
        "app_id": token.app_id,
        "user_id": token.user_id or None,
    }
