"""How applications' calls are answered: errors as VK gives them, and what the switches make of answers."""

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from vk_emulator.api.router import BAD_GATEWAY, LostAnswer, read_parameters
from vk_emulator.control.bodies import emulator_of
from vk_emulator.emulator import Emulator
from vk_emulator.model import Json
from vk_emulator.oauth.grants import IDENTITY, OAuthError
from vk_emulator.world import OF_APP

HEADERS = {"Cache-Control": "no-store", "Pragma": "no-cache"}
DEFAULT_SILENCE_SECONDS = 5.0

Work = Callable[[Emulator, dict[str, str]], Json]


async def answer(request: Request, flow: str, work: Work) -> Response:
    """Do what an application asked by query and form together, unless a switch is in the way."""
    emulator = emulator_of(request)
    values = await read_parameters(request)
    broken = await _broken(emulator, flow, "before")
    if broken is not None:
        return broken
    content, status = _worked(emulator, flow, values, work)
    # Only what survives a crash is answered.
    await emulator.world.journal.settled()
    broken = await _broken(emulator, flow, "after")
    return broken or JSONResponse(content, status, headers=HEADERS)


def _worked(emulator: Emulator, flow: str, values: dict[str, str], work: Work) -> tuple[Json, int]:
    faults = emulator.faults
    try:
        forced = faults.strike(OF_APP, "oauth_error", subject=flow)
        if forced is not None:
            status = int(forced.options.get("status", 400))
            raise OAuthError(forced.options["error"], "It is a switch that says so.", status=status)
        return work(emulator, values), 200
    except OAuthError as error:
        content = error.body()
        if flow == IDENTITY and values.get("state"):
            content["state"] = values["state"]
        is_well = flow == IDENTITY and emulator.assumptions.identity_errors_are_200
        always = faults.strike(OF_APP, "oauth_error_200", subject=flow) is not None
        return content, 200 if is_well or always else error.status


async def _broken(emulator: Emulator, flow: str, moment: str) -> Response | None:
    """What a switch puts in the place of the answer, before the work is done or after."""
    faults = emulator.faults
    if moment == "before":
        if faults.strike(OF_APP, "oauth_down", subject=flow) is not None:
            return Response(BAD_GATEWAY, 502, media_type="text/html")
        slow = faults.strike(OF_APP, "oauth_slow", subject=flow)
        if slow is not None:
            await asyncio.sleep(float(slow.options.get("seconds", DEFAULT_SILENCE_SECONDS)))
    lost = faults.strike(OF_APP, "oauth_timeout", subject=flow, when=moment)
    if lost is not None:
        await asyncio.sleep(float(lost.options.get("seconds", DEFAULT_SILENCE_SECONDS)))
        return LostAnswer()
    if moment == "after" and faults.strike(OF_APP, "oauth_html", subject=flow) is not None:
        return Response("<html><body>VK is being repaired</body></html>", media_type="text/html")
    return None
