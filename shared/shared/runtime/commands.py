"""What `python -m <service>` understands: serve (default), migrate, parked, republish."""

import argparse
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import uvloop

from shared.database.migrate import upgrade
from shared.messaging.bus import Bus
from shared.messaging.outbox import publish_again_since
from shared.messaging.parking import list_parked, replay
from shared.runtime.garbage import spare_what_stays
from shared.runtime.logging import configure_logging
from shared.runtime.service import Service, http_server, open_bus, running
from shared.runtime.settings import ServiceSettings
from shared.runtime.threads import let_threads_in_soon
from shared.runtime.world import World


@dataclass(frozen=True)
class Command:
    """A command of one service's own; `run` gets the service, assembled and not started."""

    name: str
    help: str
    run: Callable[[Service], Awaitable[None]]


def run_service(
    build: Callable[..., Service], settings: ServiceSettings, own_commands: Sequence[Command] = ()
) -> None:
    """Do what the command line asks of one service."""
    arguments = _parse(own_commands)
    configure_logging(as_json=settings.log_json, level=settings.log_level)
    world = World()
    bus = open_bus(settings.bus_url, world)
    service = build(settings, world, bus)
    match arguments.command:
        case "migrate":
            uvloop.run(_migrate(service))
        case "parked":
            uvloop.run(_parked(service, arguments.action, arguments.event_id))
        case "republish":
            uvloop.run(_republish(service, arguments.since))
        case None | "serve":
            uvloop.run(_serve(service, settings, bus))
        case name:
            own = next(command for command in own_commands if command.name == name)
            uvloop.run(_run_own(service, own))


def _parse(own_commands: Sequence[Command]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve", help="answer requests and events (the default)")
    commands.add_parser("migrate", help="bring the database up to date and stop")
    parked = commands.add_parser("parked", help="look at events that were given up")
    parked.add_argument("action", choices=["list", "replay"])
    parked.add_argument("event_id", nargs="?", type=UUID, help="replay only this one")
    republish = commands.add_parser("republish", help="publish events again: the broker lost its data")
    republish.add_argument("--since", type=_moment, required=True, help="2026-01-31T10:00, in UTC")
    for own in own_commands:
        commands.add_parser(own.name, help=own.help)
    return parser.parse_args()


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _run_own(service: Service, command: Command) -> None:
    await command.run(service)
    await service.database.close()


async def _serve(service: Service, settings: ServiceSettings, bus: Bus) -> None:
    async with running([service], bus):
        spare_what_stays()
        let_threads_in_soon()
        server = http_server(service.app, host=settings.host, port=settings.port, ending=service.ending)
        await server.serve()


async def _migrate(service: Service) -> None:
    await upgrade(service.database, service.package)
    await service.database.close()


async def _parked(service: Service, action: str, event_id: UUID | None) -> None:
    if action == "list":
        async with service.database.read() as session:
            for row in await list_parked(session):
                print(
                    f"{row.event_id}  {row.type}  tries {row.attempts}  {row.first_failed_at:%F %T}"
                    f"  {row.error}"
                )
    else:
        async with service.database.write() as session:
            count = await replay(session, event_id)
        print(f"{count} events will be tried again")
    await service.database.close()


async def _republish(service: Service, since: datetime) -> None:
    async with service.database.write() as session:
        count = await publish_again_since(session, since)
    print(f"{count} events will be published again by the running service")
    await service.database.close()
