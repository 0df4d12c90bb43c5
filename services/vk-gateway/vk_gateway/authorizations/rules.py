"""What can come of a way to VK and back, and how what a browser brings is read. Touches nothing."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from vk_gateway.connections.states import ConnectionState

# As `World.token(STATE_BYTES)` writes them.
STATE_BYTES = 32
VERIFIER_BYTES = 48
STATE = re.compile(r"[A-Za-z0-9_-]{43}")
VALUE_CHARACTERS_MAX = 2048
PAYLOAD_CHARACTERS_MAX = 8192
# VK says these when our application is not set up there as it is here.
FAULTS_OF_APP = frozenset({"invalid_client", "unauthorized_client", "invalid_request", "invalid_scope"})
BROUGHT = ("state", "code", "device_id", "error", "error_reason")


class Outcome(StrEnum):
    """What came of it: stable codes, each with a page in words."""

    IDENTIFIED = "identified"
    GIVEN = "given"
    CANCELLED = "cancelled"
    REFUSED_BY_VK = "refused_by_vk"
    ALREADY_USED = "already_used"
    UNKNOWN_LINK = "unknown_link"
    EXPIRED = "expired"
    OTHER_BROWSER = "other_browser"
    OTHER_OPERATOR = "other_operator"
    OTHER_STEP = "other_step"
    INCOMPLETE = "incomplete"
    CODE_REFUSED = "code_refused"
    APP_REFUSED = "app_refused"
    EXCHANGE_UNKNOWN = "exchange_unknown"
    FOREIGN_COMMUNITY = "foreign_community"
    RIGHTS_MISSING = "rights_missing"


ENDS = {Outcome.CANCELLED: ConnectionState.CANCELLED, Outcome.EXPIRED: ConnectionState.EXPIRED}


def state_after(outcome: Outcome) -> ConnectionState:
    """Return how a connection ends with a failure."""
    return ENDS.get(outcome, ConnectionState.FAILED)


@dataclass(frozen=True)
class Brought:
    """What a browser brought back from VK. `state` is None when it is none of ours in form."""

    state: str | None = field(repr=False)
    code: str | None = field(repr=False, default=None)
    device_id: str | None = None
    refusal: Outcome | None = None


def read_return(query: Sequence[tuple[str, str]]) -> Brought:
    """Read the address that VK sent a browser to: plain parameters, or JSON in one called `payload`.

    What stands there twice, or is too long to be VK's, counts as nothing.
    """
    values = _values(query)
    state = values.get("state", "")
    if not STATE.fullmatch(state):
        return Brought(None)
    return Brought(state, values.get("code"), values.get("device_id"), _refusal(values))


def _refusal(values: Mapping[str, str]) -> Outcome | None:
    error = values.get("error")
    if error is None:
        return None
    if error in FAULTS_OF_APP:
        return Outcome.APP_REFUSED
    is_denied = error == "access_denied" and values.get("error_reason", "user_denied") == "user_denied"
    return Outcome.CANCELLED if is_denied else Outcome.REFUSED_BY_VK


def _values(query: Sequence[tuple[str, str]]) -> dict[str, str]:
    names = [name for name, _ in query]
    values = dict(query)
    if names.count("payload") == 1 and "state" not in values:
        payload = _payload(values["payload"])
        names, values = list(payload), payload
    return {
        name: values[name]
        for name in BROUGHT
        if names.count(name) == 1 and 0 < len(values[name]) <= VALUE_CHARACTERS_MAX
    }


def _payload(text: str) -> dict[str, str]:
    if len(text) > PAYLOAD_CHARACTERS_MAX:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    pairs = found.items() if isinstance(found, dict) else ()
    return {name: value for name, value in pairs if isinstance(value, str)}
