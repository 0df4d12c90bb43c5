"""All parts of one emulator, put together."""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from random import Random

from vk_emulator.api.limiter import Limiter
from vk_emulator.assumptions import Assumptions
from vk_emulator.callbacks.events import Events
from vk_emulator.callbacks.sender import Sender
from vk_emulator.callbacks.servers import Handshake
from vk_emulator.changes import Changes
from vk_emulator.clock import Clock
from vk_emulator.faults import Faults
from vk_emulator.journal import Journal
from vk_emulator.ledger import Ledger
from vk_emulator.long_poll import LongPoll
from vk_emulator.media_store import MediaStore
from vk_emulator.model import RIGHTS, App, Community, Json, Start, Token
from vk_emulator.names import SEEDED_COMMUNITIES, SEEDED_USERS
from vk_emulator.oauth.grants import Grants
from vk_emulator.outbound import Outbound
from vk_emulator.past import Past
from vk_emulator.settings import Settings
from vk_emulator.world import World

KEPT_ACTIVITIES = 1000


def _recent() -> deque[Json]:
    return deque(maxlen=KEPT_ACTIVITIES)


@dataclass
class MethodCalls:
    """How often a method was called, and its errors by code."""

    count: int = 0
    errors: dict[int, int] = field(default_factory=dict)


@dataclass
class Emulator:
    """What the API, the control endpoints and the page work with."""

    clock: Clock
    world: World
    faults: Faults
    assumptions: Assumptions
    outbound: Outbound
    sender: Sender
    long_poll: LongPoll
    events: Events
    handshake: Handshake
    ledger: Ledger
    changes: Changes
    media: MediaStore
    past: Past
    limiter: Limiter
    grants: Grants
    activities: dict[int, deque[Json]] = field(default_factory=lambda: defaultdict(_recent))
    calls: dict[int, dict[str, MethodCalls]] = field(default_factory=lambda: defaultdict(dict))

    async def stop(self) -> None:
        """Stop sending, store everything, close the connections."""
        await self.sender.stop()
        await self.outbound.close()
        await self.world.journal.close()

    def count_call(self, community_id: int, method: str, error_code: int | None) -> None:
        """Note a call for `GET …/calls`."""
        calls = self.calls[community_id].setdefault(method, MethodCalls())
        calls.count += 1
        if error_code is not None:
            calls.errors[error_code] = calls.errors.get(error_code, 0) + 1

    def last_activity(self, community_id: int, peer_id: int) -> Json | None:
        """What the community last told by messages.setActivity in a dialog."""
        activities = reversed(self.activities[community_id])
        return next((activity for activity in activities if activity["user_id"] == peer_id), None)

    def add_key(self, community: Community) -> Token:
        """A new key of a community, with every right a support product needs."""
        token = Token(f"vk1.a.{self.clock.hexadecimal(64)}", community.id, list(RIGHTS))
        self.world.save(token)
        return token

    def add_community(self, name: str, screen_name: str | None, *, messages_enabled: bool) -> Community:
        """A new community with an administrator of its own and one key."""
        community_id = max(self.world.communities, default=232_000_000) + self.clock.random.randint(1, 900)
        admin_id = 300_000_000 + len(self.world.communities)
        self.ledger.user(admin_id)
        community = Community(
            id=community_id,
            name=name,
            screen_name=screen_name or f"club{community_id}",
            admin_id=admin_id,
            confirmation_code=self.clock.hexadecimal(8),
            messages_enabled=messages_enabled,
        )
        self.world.save(community)
        self.add_key(community)
        return community


async def assemble(settings: Settings) -> Emulator:
    """Open the data folder, load it, seed it when it is new."""
    world = World(Journal(settings.data_folder / "vk-emulator.sqlite3"))
    world.load()
    world.save(Start(world.start.number + 1))
    # A seeded run draws new ids after each restart, as VK never gives one twice.
    random = Random(f"{settings.seed}:{world.start.number}") if settings.seed is not None else Random()
    clock = Clock(scale=settings.clock_scale, random=random)
    assumptions = Assumptions.drawn(settings.seed)
    faults = Faults(world, clock)
    outbound = Outbound()
    sender = Sender(world, clock, faults, assumptions, outbound)
    long_poll = LongPoll(world, clock, faults, assumptions)
    own_origin = f"http://{settings.host}:{settings.port}"
    events = Events(world, clock, faults, assumptions, sender, long_poll, own_origin)
    ledger = Ledger(world, clock, faults, assumptions, events)
    emulator = Emulator(
        clock=clock,
        world=world,
        faults=faults,
        assumptions=assumptions,
        outbound=outbound,
        sender=sender,
        long_poll=long_poll,
        events=events,
        handshake=Handshake(world, clock, faults, assumptions, outbound),
        ledger=ledger,
        changes=Changes(world, clock, assumptions, events, ledger),
        media=MediaStore(settings.data_folder / "media", world, clock),
        past=Past(world, clock),
        limiter=Limiter(),
        grants=Grants(world, clock, faults, assumptions),
    )
    _register_app(world, settings)
    if not world.communities:
        _seed(emulator)
    await world.journal.settled()
    return emulator


def _register_app(world: World, settings: Settings) -> None:
    """The application is as the environment tells; how VK treats it stays as it was set."""
    known = world.app
    world.save(
        App(
            id=settings.app_id,
            name=settings.app_name,
            secret=settings.app_secret,
            service_key=settings.app_service_key,
            redirects=list(settings.app_redirects),
            groups_scope=known.groups_scope,
            token_shape=known.token_shape,
        )
    )


def _seed(emulator: Emulator) -> None:
    emulator.world.save(*SEEDED_USERS)
    for community in SEEDED_COMMUNITIES:
        community.confirmation_code = emulator.clock.hexadecimal(8)
        emulator.world.save(community)
        emulator.add_key(community)
