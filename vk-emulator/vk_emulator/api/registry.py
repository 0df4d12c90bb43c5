"""Which methods there are, what they need, and what a handler is given."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from vk_emulator.api.errors import VkError
from vk_emulator.api.parameters import Parameters
from vk_emulator.emulator import Emulator
from vk_emulator.model import ADMINISTRATOR, Community, Json, Token


@dataclass(slots=True)
class Call:
    """One call with a token. `origin` is the emulator's address as the caller knows it."""

    emulator: Emulator
    token: Token
    parameters: Parameters
    version: str
    origin: str

    @property
    def community(self) -> Community:
        """The community whose token it is. Only methods for communities' tokens may ask."""
        return self.emulator.world.communities[self.token.community_id]

    def own_group(self) -> Community:
        """The community named by group_id, which must be the token's own. Raises 100, 125 and 203."""
        group_id = self.parameters.required_integer("group_id")
        if group_id <= 0:
            raise VkError(125)
        if group_id != self.community.id:
            raise VkError(203)
        return self.community


Handler = Callable[[Call], Awaitable[Any]]

NO_ACCESS = "no access to call this method. It cannot be called with current scopes."
EVERYBODY = ("community", "user", "service")


@dataclass(frozen=True, slots=True)
class Method:
    """A handler, whose tokens may call it (community, user, service) and the right they need.

    `of_deleted` ones answer for deleted communities too.
    """

    handler: Handler
    right: str | None
    of_deleted: bool
    bearers: tuple[str, ...]


METHODS: dict[str, Method] = {}


@dataclass(frozen=True, slots=True)
class WholeAnswer:
    """An answer that is not just a `response`."""

    content: Json


def method(
    name: str,
    *,
    right: str | None = None,
    of_deleted: bool = False,
    bearers: tuple[str, ...] = ("community",),
) -> Callable[[Handler], Handler]:
    """Register a handler under VK's name of the method; names are case-sensitive."""

    def register(handler: Handler) -> Handler:
        METHODS[name] = Method(handler, right, of_deleted, bearers)
        return handler

    return register


async def answered(call: Call, name: str) -> Any:
    """Run a known method for a token that may call: rights, faults, then the handler. Raises VkError."""
    wanted, token = METHODS[name], call.token
    if token.bearer not in wanted.bearers:
        raise _not_for(token.bearer)
    if wanted.right is not None and token.bearer != "service" and wanted.right not in token.rights:
        raise VkError(15, NO_ACCESS)
    if token.bearer == "community":
        _check_community(call, wanted)
    fault = call.emulator.faults.strike(token.community_id, "api_error", subject=name)
    if fault is not None:
        raise VkError(fault.options["code"], text=fault.options.get("text"))
    return await wanted.handler(call)


def _not_for(bearer: str) -> VkError:
    """What VK says when a method is not for this kind of token."""
    if bearer == "community":
        return VkError(27, "method is unavailable with group auth.")
    if bearer == "service":
        return VkError(28, "method is unavailable with service token.")
    return VkError(15, NO_ACCESS)


def _check_community(call: Call, wanted: Method) -> None:
    """Raises VkError when the community is gone, or when the giver of its key may no longer give it."""
    community, token, assumptions = call.community, call.token, call.emulator.assumptions
    if community.state != "active" and not wanted.of_deleted:
        code = 203 if community.state == "banned" else assumptions.error_when_community_is_deleted
        raise VkError(code, f"group is {community.state}")
    if token.user_id and wanted.right == "manage" and community.level_of(token.user_id) < ADMINISTRATOR:
        error = int(
            call.emulator.faults.option(
                community.id, "giver_left", "code", assumptions.error_when_the_giver_left
            )
        )
        if error:
            raise VkError(error)
