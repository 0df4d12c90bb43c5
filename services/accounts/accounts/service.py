"""Assembling accounts."""

from functools import partial

from accounts.api_keys import endpoints as api_keys
from accounts.api_keys.own_source import OwnKeySource
from accounts.audit import endpoints as audit
from accounts.consumers import make_consumer
from accounts.demo import seed_demo
from accounts.enrolments import endpoints as enrolments
from accounts.enrolments.first_administrator import announce_first_administrator
from accounts.keys import endpoints as keys
from accounts.keys.signing import SigningKeys
from accounts.parts import Parts
from accounts.passwords.hashing import PasswordHasher
from accounts.people import endpoints as people
from accounts.projects import endpoints as projects
from accounts.sessions import endpoints as sessions
from accounts.settings import AccountsSettings
from accounts.tidying import tidy
from shared.database.engine import Database
from shared.database.vault import Vault
from shared.http.access import Guard
from shared.http.api import make_api
from shared.messaging.bus import Bus
from shared.runtime.loops import Loop
from shared.runtime.service import Service
from shared.runtime.world import World

PREFIX = "/api/v1/accounts"
TIDY_SECONDS = 600.0


def build(settings: AccountsSettings, world: World, bus: Bus) -> Service:
    """Assemble the service; nothing is opened before it runs. Raises ValueError without a good vault key."""
    database = Database(settings.database_url, world, pool_size=settings.database_pool_size)
    signing_keys = SigningKeys(database, Vault(settings.encryption_keys.get_secret_value()))
    source = OwnKeySource(database, signing_keys)
    guard = Guard("accounts", source, settings.service_key.get_secret_value(), world)
    hasher = PasswordHasher(world, memory_kib=settings.hash_memory_kib, passes=settings.hash_passes)
    api = make_api("accounts", "Projects, people, roles and sign-in.", PREFIX, settings, database, guard)
    api.include_router(sessions.of_a_person, prefix=PREFIX)
    for endpoints in (sessions, projects, people, enrolments, api_keys, audit, keys):
        api.include_router(endpoints.router, prefix=PREFIX)
    parts = Parts(settings, database, hasher, signing_keys, guard)
    api.state.accounts = parts
    # Here the tables, not the token, tell who may do what: a new project is in no token yet.
    api.state.confined = False
    return Service(
        name="accounts",
        package="accounts",
        paths=(PREFIX,),
        api=api,
        database=database,
        consumer=make_consumer(),
        bus=bus,
        guard=guard,
        world=world,
        loops=[
            Loop("accounts:tidy", partial(tidy, parts), interval_seconds=TIDY_SECONDS, world=world),
        ],
        opened=[signing_keys.open, hasher.prepare, partial(_greet, parts)],
        closed=[hasher.close],
    )


async def _greet(parts: Parts) -> None:
    if parts.settings.demo:
        async with parts.database.write() as session:
            await seed_demo(session)
    else:
        await announce_first_administrator(parts)
