"""Running everything: the services on one loop, behind one address, with the demo connected to them."""

import asyncio
from collections.abc import Callable
from functools import partial
from socket import socket

from accounts.demo import DEMO_EMAIL, DEMO_PASSWORD
from embedded.assembly import build_services
from embedded.data_folder import DataFolder
from embedded.demo import Demo, DemoAccount
from embedded.emulator import EmulatorProcess
from embedded.front import make_front
from embedded.greeting import greeting
from embedded.router import Router
from embedded.settings import EmbeddedSettings
from shared.http.client import HttpClient
from shared.http.middleware import Edge
from shared.messaging.bus import InProcessBus
from shared.runtime.garbage import spare_what_stays
from shared.runtime.service import HttpServer, Service, http_server, running
from shared.runtime.threads import let_threads_in_soon
from shared.runtime.world import World

GREETING_SECONDS_MAX = 15.0
LOOK_SECONDS = 0.02


async def serve(
    settings: EmbeddedSettings, folder: DataFolder, listener: socket, emulator: EmulatorProcess | None
) -> None:
    """Serve until told to end. The emulator, if any, has been started."""
    world = World()
    bus = InProcessBus()
    services = build_services(settings, folder, world, bus)
    client = HttpClient(timeout_seconds=10.0)
    demo = _demo(settings, client) if emulator else None
    parts: dict[str, Callable[[], bool]] = {service.name: partial(_is_ready, service) for service in services}
    if emulator is not None and demo is not None:
        parts["vk-emulator"] = lambda: emulator.is_alive
        parts["demo"] = demo.active.is_set
    front = make_front(parts, demo=_demo_for_people(settings) if emulator else None)
    server = http_server(
        Router(services, Edge(front, "embedded", world)),
        host=settings.host,
        port=settings.port,
        ending=[step for service in services for step in service.ending],
    )
    async with running(services, bus):
        spare_what_stays()
        let_threads_in_soon()
        tasks = [asyncio.create_task(_greet(settings, server, demo))]
        if emulator is not None and demo is not None:
            tasks += [
                asyncio.create_task(emulator.watch()),
                asyncio.create_task(_connect_demo(server, emulator, demo, client)),
            ]
        await server.serve(sockets=[listener])
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await client.close()


def _demo_for_people(settings: EmbeddedSettings) -> dict[str, str]:
    return {"email": DEMO_EMAIL, "password": DEMO_PASSWORD, "emulator_url": settings.emulator_url}


def _demo(settings: EmbeddedSettings, client: HttpClient) -> Demo:
    return Demo(
        DemoAccount(DEMO_EMAIL, DEMO_PASSWORD),
        client,
        own_url=settings.own_url,
        emulator_url=settings.emulator_url,
        secure=settings.public_url.startswith("https://"),
    )


def _is_ready(service: Service) -> bool:
    return all(check() for check in service.api.state.ready.values())


async def _connect_demo(
    server: HttpServer, emulator: EmulatorProcess, demo: Demo, client: HttpClient
) -> None:
    await _until_started(server)
    await emulator.wait_healthy(client)
    await demo.connect()


async def _greet(settings: EmbeddedSettings, server: HttpServer, demo: Demo | None) -> None:
    await _until_started(server)
    if demo is not None:
        try:
            async with asyncio.timeout(GREETING_SECONDS_MAX):
                await demo.active.wait()
        except TimeoutError:
            pass
    print(greeting(settings, demo), flush=True)


async def _until_started(server: HttpServer) -> None:
    while not server.started:  # noqa: ASYNC110 - the server has no event for it
        await asyncio.sleep(LOOK_SECONDS)
