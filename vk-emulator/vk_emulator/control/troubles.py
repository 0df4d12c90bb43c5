"""Control calls about faults and callback deliveries."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vk_emulator.control.bodies import Problem, community_of, emulator_of, query_number, read_body, required
from vk_emulator.control.communities import ONE
from vk_emulator.control.views import delivery_view, fault_view
from vk_emulator.faults import APP_KINDS, KINDS, WrongFault
from vk_emulator.model import Json

MOST_DELIVERIES = 1000


async def list_fault_kinds(_: Request) -> Response:
    """Every kind of fault with its options; `!` marks one that must be given."""
    return JSONResponse({"items": kinds_view(KINDS)})


def kinds_view(kinds: Mapping[str, Mapping[str, object]]) -> list[Json]:
    """Kinds of faults with the names of their options."""
    return [{"kind": kind, "options": list(options)} for kind, options in kinds.items()]


async def list_faults(request: Request) -> Response:
    """The faults that are on."""
    faults = emulator_of(request).world.faults[community_of(request).id].values()
    return JSONResponse({"items": [fault_view(fault) for fault in faults]})


async def add_fault(request: Request) -> Response:
    """Switch a fault on: `{kind, …options}`."""
    return await add_fault_to(request, community_of(request).id)


async def add_fault_to(request: Request, community_id: int) -> Response:
    """Switch on what the body says, for a community or for the application."""
    emulator = emulator_of(request)
    every = [*KINDS.values(), *APP_KINDS.values()]
    options = {option.rstrip("!"): object for kind in every for option in kind}
    body = await read_body(request, kind=str, **options)
    kind = required(body, "kind")
    body.pop("kind")
    try:
        fault = emulator.faults.add(community_id, kind, body)
    except WrongFault as error:
        raise Problem(422, "wrong_fault", str(error)) from None
    await emulator.world.journal.settled()
    return JSONResponse(fault_view(fault), 201)


async def remove_faults(request: Request) -> Response:
    """Switch all faults off, or the one of the path."""
    return await remove_faults_of(request, community_of(request).id)


async def remove_faults_of(request: Request, community_id: int) -> Response:
    """Switch off all faults of a community or of the application, or the one of the path."""
    emulator = emulator_of(request)
    faults = emulator.world.faults[community_id]
    fault_id = request.path_params.get("fault_id")
    if fault_id is not None and fault_id not in faults:
        raise Problem(404, "fault_not_found", "There is no such fault.")
    emulator.world.remove_faults([fault for fault in faults.values() if fault_id in (None, fault.id)])
    emulator.sender.wake(community_id)
    await emulator.world.journal.settled()
    return Response(status_code=204)


async def list_deliveries(request: Request) -> Response:
    """Callback deliveries, the newest first: `?state=`, `?limit=`, `?before=` the id in next_cursor."""
    community, emulator = community_of(request), emulator_of(request)
    limit = min(max(query_number(request, "limit", MOST_DELIVERIES), 1), MOST_DELIVERIES)
    before = query_number(request, "before", 10**15)
    state = request.query_params.get("state")
    found = [
        delivery
        for delivery in reversed(emulator.world.deliveries[community.id].values())
        if delivery.number < before and state in (None, "", delivery.state)
    ]
    next_cursor = str(found[limit - 1].number) if len(found) > limit else None
    items = [delivery_view(delivery) for delivery in found[:limit]]
    return JSONResponse({"items": items, "next_cursor": next_cursor})


async def retry_now(request: Request) -> Response:
    """Every pending delivery is due now and pauses end; answers how many there are."""
    emulator = emulator_of(request)
    count = emulator.sender.retry_now(community_of(request).id)
    await emulator.world.journal.settled()
    return JSONResponse({"pending": count})


ROUTES = [
    Route("/fault-kinds", list_fault_kinds),
    Route(f"{ONE}/faults", list_faults),
    Route(f"{ONE}/faults", add_fault, methods=["POST"]),
    Route(f"{ONE}/faults", remove_faults, methods=["DELETE"]),
    Route(f"{ONE}/faults/{{fault_id:int}}", remove_faults, methods=["DELETE"]),
    Route(f"{ONE}/deliveries", list_deliveries),
    Route(f"{ONE}/deliveries/retry-now", retry_now, methods=["POST"]),
]
