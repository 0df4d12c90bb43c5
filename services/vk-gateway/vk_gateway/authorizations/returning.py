"""Taking people back from VK: their state is spent first, then their code is exchanged, then it is stored.

No transaction is open while VK is asked. Who dies in between leaves a connection that ends by itself, with
nothing in it.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog

from shared.database.engine import Database
from shared.database.session import Session
from shared.database.vault import Vault
from vk_gateway.authorizations import actions
from vk_gateway.authorizations.actions import Granted, Taken
from vk_gateway.authorizations.browsers import Browser
from vk_gateway.authorizations.rules import Brought, Outcome
from vk_gateway.connections.inspection import inspect_key
from vk_gateway.connections.states import Step
from vk_gateway.connections.tables import Connection
from vk_gateway.errors import KeyInvalid, KeyLacksRights, VkUnavailable
from vk_gateway.vk.client import Vk
from vk_gateway.vk.consent import COMMUNITY_RIGHTS, Consents, NotGiven

log = structlog.get_logger()

Landing = tuple[Outcome, UUID | None]
Store = Callable[[Session, Connection], Awaitable[None]]


class Returns:
    """Where people come back to."""

    def __init__(self, database: Database, vault: Vault, vk: Vk, consents: Consents) -> None:
        self._database = database
        self._vault = vault
        self._vk = vk
        self._vk_id = consents.identity
        self._communities = consents.communities

    async def take_back(self, brought: Brought, *, step: Step, browser: Browser) -> Landing:
        """Return what came of it, and the connection it was for if there was one."""
        async with self._database.read() as session:
            if not await actions.is_known(session, brought):
                return Outcome.UNKNOWN_LINK, None
        async with self._database.write() as session:
            taken = await actions.take_back(session, self._vault, brought, step=step, browser=browser)
        if not isinstance(taken, Taken):
            log.info("consent_not_taken", outcome=taken[0], connection_id=str(taken[1]))
            return taken
        assert brought.code is not None
        try:
            if step is Step.IDENTITY:
                return await self._identify(taken, brought.code, brought.device_id or "")
            return await self._take_keys(taken, brought.code)
        except NotGiven as refusal:
            return await self._fail(taken, Outcome(refusal.reason))

    async def _identify(self, taken: Taken, code: str, device_id: str) -> Landing:
        token = await self._vk_id.exchange(
            code, device_id=device_id, verifier=taken.verifier, state=taken.state
        )
        try:
            person = await self._vk_id.person(token)
            administered = await self._vk_id.administered(token)
        finally:
            if not await self._vk_id.drop(token):
                log.info("person_token_not_revoked", connection_id=str(taken.connection_id))

        async def store(session: Session, connection: Connection) -> None:
            await actions.identify(session, connection, person, administered)

        return await self._store(taken, Outcome.IDENTIFIED, store)

    async def _take_keys(self, taken: Taken, code: str) -> Landing:
        keys = await self._communities.exchange(code)
        if not set(keys) <= set(taken.community_ids):
            return await self._fail(taken, Outcome.FOREIGN_COMMUNITY)
        granted = []
        for community_id, key in keys.items():
            try:
                granted.append(await self._looked_at(community_id, key))
            except KeyInvalid:
                return await self._fail(taken, Outcome.FOREIGN_COMMUNITY)
            except KeyLacksRights:
                return await self._fail(taken, Outcome.RIGHTS_MISSING)

        async def store(session: Session, connection: Connection) -> None:
            await actions.keep_keys(session, self._vault, connection, granted)

        return await self._store(taken, Outcome.GIVEN, store)

    async def _looked_at(self, community_id: int, key: str) -> Granted:
        """Ask VK what a key is worth. Raises KeyInvalid, also for another community's, and KeyLacksRights.

        While VK does not answer the key is taken for what was asked: VK has given it away for good.
        """
        try:
            report = await inspect_key(self._vk, key)
        except VkUnavailable:
            return Granted(community_id, key, COMMUNITY_RIGHTS, messages_enabled=None)
        if report.community_id != community_id:
            raise KeyInvalid
        return Granted(
            community_id,
            key,
            report.permissions,
            report.messages_enabled,
            name=report.name,
            screen_name=report.screen_name,
            avatar_url=report.avatar_url,
        )

    async def _store(self, taken: Taken, outcome: Outcome, store: Store) -> Landing:
        async with self._database.write() as session:
            connection = await actions.find_under_way(session, taken)
            if connection is None:
                return Outcome.EXPIRED, taken.connection_id
            await store(session, connection)
        return outcome, taken.connection_id

    async def _fail(self, taken: Taken, outcome: Outcome) -> Landing:
        log.info("consent_failed", outcome=outcome, connection_id=str(taken.connection_id))
        async with self._database.write() as session:
            connection = await actions.find_under_way(session, taken)
            if connection is not None:
                operator_id = connection.operator_id
                await actions.end(session, connection, outcome, step=taken.step, operator_id=operator_id)
        return outcome, taken.connection_id
