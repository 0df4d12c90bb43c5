"""groups.*Callback*: the entries of callback servers and their event flags."""

from typing import Any

from vk_emulator.api.errors import VkError, missing_or_invalid
from vk_emulator.api.groups import checked_event_version
from vk_emulator.api.registry import Call, method
from vk_emulator.callbacks.flags import FLAGS, all_flags
from vk_emulator.model import CallbackServer

MOST_SERVERS = 10
LONGEST_TITLE = 14
LONGEST_SECRET = 50


@method("groups.getCallbackConfirmationCode", right="manage")
async def get_confirmation_code(call: Call) -> Any:
    """The code the next confirmation expects. VK: groups.getCallbackConfirmationCode."""
    return {"code": call.own_group().confirmation_code}


@method("groups.addCallbackServer", right="manage")
async def add_server(call: Call) -> Any:
    """Add a server and ask it for the code at once. VK: groups.addCallbackServer. Raises 100, 203, 2000."""
    community, world = call.own_group(), call.emulator.world
    title, url, secret = _entry(call)
    if len(world.servers[community.id]) >= MOST_SERVERS:
        raise VkError(2000)
    community.last_server_id += 1
    server = CallbackServer(
        community.last_server_id, community.id, title, url, secret, creator_id=call.token.user_id
    )
    world.save(community, server)
    await call.emulator.handshake.confirm(community, server)
    return {"server_id": server.id}


@method("groups.editCallbackServer", right="manage")
async def edit_server(call: Call) -> Any:
    """Change a server and ask it for the code again. VK: groups.editCallbackServer. Raises 100, 104, 203."""
    community, server = call.own_group(), _server(call)
    server.title, server.url, server.secret_key = _entry(call)
    server.status = "wait"
    call.emulator.world.save(server)
    await call.emulator.handshake.confirm(community, server)
    call.emulator.sender.wake(community.id)
    return 1


@method("groups.deleteCallbackServer", right="manage")
async def delete_server(call: Call) -> Any:
    """Remove a server; its pending events are gone. VK: groups.deleteCallbackServer. Raises 104."""
    call.emulator.world.remove_server(_server(call))
    call.emulator.sender.wake(call.community.id)
    return 1


@method("groups.getCallbackServers", right="manage")
async def get_servers(call: Call) -> Any:
    """The servers with their secrets in clear. VK: groups.getCallbackServers."""
    community = call.own_group()
    wanted = call.parameters.integers("server_ids", most=100)
    servers = [
        {
            "id": server.id,
            "title": server.title,
            "creator_id": server.creator_id,
            "url": server.url,
            "secret_key": server.secret_key,
            "status": server.status,
        }
        for server in call.emulator.world.servers[community.id].values()
        if not wanted or server.id in wanted
    ]
    return {"count": len(servers), "items": servers}


@method("groups.getCallbackSettings", right="manage")
async def get_settings(call: Call) -> Any:
    """API version and flags of a server; server_id must be given, whatever the schema says.

    VK: groups.getCallbackSettings. Raises 100, 104.
    """
    server = _server(call)
    return {"api_version": server.api_version, "events": all_flags(server.flags)}


@method("groups.setCallbackSettings", right="manage")
async def set_settings(call: Call) -> Any:
    """Set API version and flags; flags left out stay. VK: groups.setCallbackSettings. Raises 100, 104."""
    server, parameters = _server(call), call.parameters
    if parameters.has("api_version"):
        server.api_version = checked_event_version(parameters.text("api_version"))
    server.flags |= {flag: int(parameters.flag(flag)) for flag in FLAGS if parameters.has(flag)}
    call.emulator.world.save(server)
    return 1


def _server(call: Call) -> CallbackServer:
    servers = call.emulator.world.servers[call.own_group().id]
    server = servers.get(call.parameters.required_integer("server_id"))
    if server is None:
        raise VkError(104)
    return server


def _entry(call: Call) -> tuple[str, str, str]:
    title, url = call.parameters.required("title"), call.parameters.required("url")
    secret = call.parameters.text("secret_key")
    if len(title) > LONGEST_TITLE:
        raise missing_or_invalid(f"title should be at most {LONGEST_TITLE} characters")
    if len(secret) > LONGEST_SECRET:
        raise missing_or_invalid(f"secret_key should be at most {LONGEST_SECRET} characters")
    if not url.lower().startswith(("http://", "https://")) or len(url) > 2000:
        raise missing_or_invalid("url is invalid")
    return title, url, secret
