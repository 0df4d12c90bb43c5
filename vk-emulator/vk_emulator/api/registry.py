"""Which methods there are, what they need, and what a handler is given."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from vk_emulator.api.errors import VkError
from vk_emulator.api.parameters import Parameters
from vk_emulator.emulator import Emulator
from vk_emulator.model import Community, Json, Token


@dataclass(slots=True)
class Call:
    """One call with a community's token. `origin` is the emulator's address as the caller knows it."""

    emulator: Emulator
    token: Token
    community: Community
    parameters: Parameters
    version: str
    origin: str

    def own_group(self) -> Community:
        """The community named by group_id, which must be the token's own. Raises 100, 125 and 203."""
        group_id = self.parameters.required_integer("group_id")
        if group_id <= 0:
            raise VkError(125)
        if group_id != self.community.id:
            raise VkError(203)
        return self.community


Handler = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Method:
    """A handler and the right its token needs. `of_deleted` ones answer for deleted communities too."""

    handler: Handler
    right: str | None
    of_deleted: bool


METHODS: dict[str, Method] = {}


@dataclass(frozen=True, slots=True)
class WholeAnswer:
    """An answer that is not just a `response`."""

    content: Json


def method(name: str, *, right: str | None = None, of_deleted: bool = False) -> Callable[[Handler], Handler]:
    """Register a handler under VK's name of the method; names are case-sensitive."""

    def register(handler: Handler) -> Handler:
        METHODS[name] = Method(handler, right, of_deleted)
        return handler

    return register


async def answered(call: Call, name: str) -> Any:
    """Run a known method for a token that may call: rights, faults, then the handler. Raises VkError."""
    wanted, community = METHODS[name], call.community
    if wanted.right is not None and wanted.right not in call.token.rights:
        raise VkError(15, "no access to call this method. It cannot be called with current scopes.")
    if community.state != "active" and not wanted.of_deleted:
        raise VkError(
            call.emulator.assumptions.error_when_community_is_deleted, f"group is {community.state}"
        )
    fault = call.emulator.faults.strike(community.id, "api_error", subject=name)
    if fault is not None:
        raise VkError(fault.options["code"], text=fault.options.get("text"))
    return await wanted.handler(call)
