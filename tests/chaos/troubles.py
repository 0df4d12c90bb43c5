"""VK's own bad manners while everything is killed."""

import asyncio
import contextlib
from typing import Any

import httpx

from tests.chaos.load import Load
from tests.chaos.patience import pause

# So that what VK never told is looked for, and what is over forgotten, at once and not within minutes.
QUICK_SWEEPS = {
    "VK_GATEWAY_SWEEP_SECONDS": "3",
    "VK_GATEWAY_WATCH_SECONDS": "2",
    "VK_GATEWAY_SILENCE_SECONDS": "3",
    "VK_GATEWAY_PROBE_SECONDS": "5",
    "INTEGRATIONS_HOLD_SECONDS": "3",
}
# VK's own bad manners, all the while. Events of new messages are lost for good; edits are not, for VK
# numbers messages only.
FAULTS: list[dict[str, Any]] = [
    {"kind": "callback_drop", "type": "message_new", "probability": 0.05},
    {"kind": "callback_drop", "type": "message_reply", "probability": 0.05},
    {"kind": "message_cropped", "units": 10, "attachments": 1, "probability": 0.3},
    {"kind": "callback_duplicate", "probability": 0.2},
    {"kind": "callback_reorder", "seconds_max": 1, "probability": 0.2},
    {"kind": "echo_before_answer", "probability": 0.3},
    {"kind": "echo_delay", "seconds": 2, "probability": 0.2},
    {"kind": "api_timeout", "method": "messages.send", "when": "after", "seconds": 0.5, "probability": 0.05},
    {"kind": "api_html", "method": "messages.send", "probability": 0.05},
    {"kind": "api_error", "method": "messages.send", "code": 10, "probability": 0.05},
    {"kind": "api_error", "method": "messages.send", "code": 6, "probability": 0.05},
]
# Of VK's consent: answers that are lost or unreadable after the code is spent.
CONSENT_FAULTS: list[dict[str, Any]] = [
    {"kind": "oauth_timeout", "when": "after", "seconds": 0.5, "probability": 0.05},
    {"kind": "oauth_html", "probability": 0.05},
    {"kind": "oauth_payload", "probability": 0.3},
    {"kind": "oauth_old_shape", "probability": 0.5},
]


async def lose_callbacks(load: Load, *, until: asyncio.Event) -> None:
    """From time to time let VK tell nothing of new messages for some seconds, and never tell it again."""
    while not until.is_set():
        await pause(load.chance.uniform(4.0, 8.0), until)
        kind = load.chance.choice(["message_new", "message_reply"])
        # VK itself may be dead at the moment; a fault that stays is removed at the end.
        with contextlib.suppress(httpx.HTTPError, AssertionError):
            made = await load.suite.vk.change(
                load.community, "faults", {"kind": "callback_lost", "type": kind}
            )
            await pause(load.chance.uniform(1.0, 3.0), until)
            await load.suite.vk.call("DELETE", f"/communities/{load.community.id}/faults/{made['id']}")
