"""The key that signs access tokens."""

import asyncio
import json

import pytest
from joserfc.jwk import KeySet
from sqlalchemy import func, select

from accounts.keys.resealing import reseal
from accounts.service import build
from accounts.tables import SigningKey
from shared.database.vault import VaultError, new_vault_key
from shared.http.access import Guard
from shared.messaging.bus import InProcessBus
from shared.runtime.world import World
from tests.services.accounts.opened import PREFIX, Accounts, opened, settings_for
from tests.support.signing import StaticKeys


@pytest.mark.parametrize("database", ["sqlite_url", "postgres_database"])
async def test_processes_that_start_at_once_make_one_key(
    database: str, request: pytest.FixtureRequest
) -> None:
    settings = settings_for(request.getfixturevalue(database))
    services = [build(settings, World(), InProcessBus()) for _ in range(3)]

    await asyncio.gather(*(service.prepare(migrate=True) for service in services))

    published = [service.api.state.accounts.keys.published() for service in services]
    assert published[0] == published[1] == published[2]
    async with services[0].database.read() as session:
        assert (await session.execute(select(func.count()).select_from(SigningKey))).scalar_one() == 1
    for service in services:
        await service.stop()


async def test_the_key_outlives_a_restart(sqlite_url: str) -> None:
    async with opened(sqlite_url) as accounts:
        browser = await accounts.owner()
        before = (await browser.get(f"{PREFIX}/jwks.json")).json()
        clock = accounts.clock
    async with opened(sqlite_url, clock=clock) as accounts:
        assert (await accounts.browser().get(f"{PREFIX}/jwks.json")).json() == before
        bearer = {"Authorization": f"Bearer {browser.cookie('access')}"}
        assert (await accounts.browser().get(f"{PREFIX}/session", headers=bearer)).status_code == 200


async def test_other_services_check_tokens_with_the_published_keys(accounts: Accounts) -> None:
    browser = await accounts.owner()
    published = (await accounts.browser().get(f"{PREFIX}/jwks.json")).json()
    keys = StaticKeys(KeySet.import_key_set(published))
    guard = Guard("dialogs", keys, "0123456789abcdef0123456789abcdef", World(accounts.clock))

    caller = await guard.caller(browser.cookie("access"))

    assert (str(caller.operator_id), caller.name) == (await browser.own_id(), "Анна")


async def test_the_private_half_is_published_nowhere_and_sealed_at_rest(accounts: Accounts) -> None:
    published = (await accounts.browser().get(f"{PREFIX}/jwks.json")).json()
    async with accounts.service.database.read() as session:
        sealed = (await session.execute(select(SigningKey.sealed))).scalar_one()
    private = accounts.service.api.state.accounts.keys.current.as_dict(private=True)["d"]

    assert all("d" not in key for key in published["keys"])
    assert private not in json.dumps(published)
    assert private not in sealed


async def test_without_the_vault_key_the_service_does_not_start(sqlite_url: str) -> None:
    async with opened(sqlite_url):
        pass

    with pytest.raises(VaultError):
        async with opened(sqlite_url, encryption_keys=new_vault_key()):
            pass


async def test_after_resealing_the_old_vault_key_may_go(sqlite_url: str) -> None:
    async with opened(sqlite_url) as accounts:
        old = accounts.settings.encryption_keys.get_secret_value()
        before = accounts.service.api.state.accounts.keys.published()
    new = new_vault_key()
    async with opened(sqlite_url, encryption_keys=f"{new},{old}") as accounts:
        await reseal(accounts.service)

    async with opened(sqlite_url, encryption_keys=new) as accounts:
        assert accounts.service.api.state.accounts.keys.published() == before


async def test_an_old_vault_key_still_opens(sqlite_url: str) -> None:
    async with opened(sqlite_url) as accounts:
        keys = accounts.settings.encryption_keys.get_secret_value()

    async with opened(sqlite_url, encryption_keys=f"{new_vault_key()},{keys}") as accounts:
        assert (await accounts.owner()).cookie("access")
