"""The switches that make VK go wrong, for one community or for the application."""

from collections.abc import Iterable
from dataclasses import dataclass

from vk_emulator.clock import Clock
from vk_emulator.model import Fault, Json
from vk_emulator.world import OF_APP, World

NUMBER = (int, float)
_LUCK = {"times": NUMBER, "probability": NUMBER}

# Kind -> its options with their types; a trailing "!" marks one that must be given.
KINDS: dict[str, dict[str, tuple[type, ...]]] = {
    "api_error": {"code!": (int,), "method": (str,), "text": (str,), **_LUCK},
    "api_timeout": {"method": (str,), "when": (str,), "seconds": NUMBER, **_LUCK},
    "api_html": {"method": (str,), "body": (str,), **_LUCK},
    "api_down": {},
    "upload_error": {**_LUCK},
    "callback_drop": {"type": (str,), **_LUCK},
    "callback_duplicate": {"type": (str,), **_LUCK},
    "callback_delay": {"seconds_max": NUMBER, "type": (str,), **_LUCK},
    "callback_reorder": {"seconds_max": NUMBER, **_LUCK},
    "callback_down": {},
    "callback_lost": {"type": (str,)},
    "long_poll_failed": {"code!": (int,), **_LUCK},
    "long_poll_down": {},
    "echo_before_answer": {**_LUCK},
    "echo_delay": {"seconds": NUMBER, **_LUCK},
    "echo_drop": {**_LUCK},
    "message_new_bare": {**_LUCK},
    "message_cropped": {"units": (int,), "attachments": (int,), **_LUCK},
    "escape_entities": {**_LUCK},
    "extra_keys": {**_LUCK},
    "unknown_event": {**_LUCK},
    "unknown_attachment": {**_LUCK},
    "rate_limit": {"per_second!": NUMBER},
    "text_limit": {"units!": (int,)},
    "dedupe_window": {"seconds": NUMBER, "messages": (int,)},
    "bad_confirmation": {**_LUCK},
    "giver_left": {"code!": (int,)},
}

# The kinds for the application: OAuth, and API calls with people's and service tokens. `flow` is identity
# or communities; without it a switch strikes both.
_FLOW = {"flow": (str,), **_LUCK}
APP_KINDS: dict[str, dict[str, tuple[type, ...]]] = {
    "oauth_timeout": {"when": (str,), "seconds": NUMBER, **_FLOW},
    "oauth_down": {**_FLOW},
    "oauth_slow": {"seconds": NUMBER, **_FLOW},
    "oauth_html": {**_FLOW},
    "oauth_error": {"error!": (str,), "status": (int,), **_FLOW},
    "oauth_error_200": {**_FLOW},
    "oauth_wrong_state": {**_FLOW},
    "oauth_payload": {**_LUCK},
    "oauth_old_shape": {**_LUCK},
    "oauth_fewer_rights": {"right!": (str,), **_LUCK},
    "oauth_code_life": {"seconds!": NUMBER},
    "oauth_token_life": {"seconds!": NUMBER},
    **{kind: KINDS[kind] for kind in ("api_error", "api_timeout", "api_html", "api_down", "rate_limit")},
}


class WrongFault(ValueError):
    """The kind or an option of a fault makes no sense."""


@dataclass
class Faults:
    """Which faults are on, and whether one strikes now."""

    world: World
    clock: Clock

    def add(self, community_id: int, name: str, options: Json) -> Fault:
        """Switch a fault on. Raises WrongFault."""
        _check(APP_KINDS if community_id == OF_APP else KINDS, name, options)
        times = options.get("times")
        fault = Fault(
            id=max(self.world.faults[community_id], default=0) + 1,
            community_id=community_id,
            name=name,
            options={key: value for key, value in options.items() if value is not None},
            remaining=None if times is None else int(times),
        )
        self.world.save(fault)
        return fault

    def strike(
        self, community_id: int, name: str, *, subject: str | None = None, when: str | None = None
    ) -> Fault | None:
        """The fault of this kind that strikes now, if any; counts it.

        `subject` is the method, event type or OAuth flow; a fault that names another passes it by.
        """
        for fault in self.world.faults.get(community_id, {}).values():
            if fault.name != name or fault.remaining == 0:
                continue
            wanted = fault.options.get("method") or fault.options.get("type") or fault.options.get("flow")
            if wanted and subject != wanted:
                continue
            if when is not None and when != fault.options.get("when", "before"):
                continue
            if not self.clock.chance(float(fault.options.get("probability", 1))):
                continue
            fault.hits += 1
            if fault.remaining is not None:
                fault.remaining -= 1
            self.world.save(fault)
            return fault
        return None

    def option(self, community_id: int, name: str, option: str, otherwise: float) -> float:
        """An option of the newest fault of this kind, for faults that only change a number."""
        value = otherwise
        for fault in self.world.faults.get(community_id, {}).values():
            if fault.name == name:
                value = float(fault.options.get(option, otherwise))
        return value

    def is_on(self, community_id: int, name: str) -> bool:
        """Whether a fault without dice is on."""
        return any(f.name == name for f in self.world.faults.get(community_id, {}).values())


def _check(kinds: dict[str, dict[str, tuple[type, ...]]], name: str, options: Json) -> None:
    if name not in kinds:
        raise WrongFault(f"unknown kind {name!r}; known: {', '.join(kinds)}")
    known = {option.rstrip("!"): types for option, types in kinds[name].items()}
    for option, value in options.items():
        if option not in known:
            raise WrongFault(f"{name} has no option {option!r}; it has: {_listed(known)}")
        if value is not None and (isinstance(value, bool) or not isinstance(value, known[option])):
            raise WrongFault(f"{option} has the wrong type")
        if isinstance(value, NUMBER) and not 0 <= value <= 1_000_000_000:
            raise WrongFault(f"{option} is out of range")
    for option in kinds[name]:
        if option.endswith("!") and options.get(option.rstrip("!")) is None:
            raise WrongFault(f"{name} needs {option.rstrip('!')}")
    _check_choices(name, options)


def _check_choices(name: str, options: Json) -> None:
    if name == "long_poll_failed" and options["code"] not in (1, 2, 3):
        raise WrongFault("code is 1, 2 or 3")
    if options.get("when") not in (None, "before", "after"):
        raise WrongFault("when is before or after")
    if options.get("body") not in (None, "html", "truncated"):
        raise WrongFault("body is html or truncated")
    if options.get("flow") not in (None, "identity", "communities"):
        raise WrongFault("flow is identity or communities")
    if not 200 <= options.get("status", 400) <= 599:
        raise WrongFault("status is 200 to 599")


def _listed(options: Iterable[str]) -> str:
    return ", ".join(options) or "none"
