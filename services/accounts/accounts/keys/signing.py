"""The keys that sign access tokens: made on first start, sealed at rest, public halves served as JWKS."""

import json
from typing import Any

from joserfc.jwk import KeySet, OKPKey
from sqlalchemy import select

from accounts.tables import SigningKey
from shared.database.engine import Database
from shared.database.inserts import inserted
from shared.database.vault import Vault
from shared.http.access import ALGORITHM

FIRST = 1


class SigningKeys:
    """Holds the opened keys."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._opened: list[OKPKey] = []

    @property
    def current(self) -> OKPKey:
        """The key that signs."""
        return self._opened[-1]

    def published(self) -> dict[str, Any]:
        """Return the JWKS: the public half of every key, and nothing of the private ones."""
        facts = {"use": "sig", "alg": ALGORITHM}
        return {"keys": [{**key.as_dict(private=False), **facts} for key in self._opened]}

    async def open(self) -> None:
        """Make the first key unless there is one, and read them. Raises VaultError with a wrong vault key."""
        made = OKPKey.generate_key("Ed25519", auto_kid=True)
        sealed = self._vault.seal(json.dumps(made.as_dict(private=True)), place=_place(FIRST))
        async with self._database.write() as session:
            # Of two processes that start at once, one waits here for the other's key.
            await inserted(
                session, SigningKey, conflict=["number"], number=FIRST, sealed=sealed, created_at=session.now
            )
        await self._read()

    async def reseal(self) -> int:
        """Seal every key with the newest vault key. Returns how many. Raises VaultError."""
        async with self._database.write() as session:
            rows = (await session.scalars(select(SigningKey).with_for_update())).all()
            for row in rows:
                row.sealed = self._vault.rotate(row.sealed)
        return len(rows)

    async def keys(self, *, fresh: bool) -> KeySet:
        """Return the public keys, read again from the database when asked."""
        if fresh:
            await self._read()
        return KeySet.import_key_set({"keys": self.published()["keys"]})

    async def _read(self) -> None:
        async with self._database.read() as session:
            rows = (await session.execute(select(SigningKey).order_by(SigningKey.number))).scalars().all()
        self._opened = [
            OKPKey.import_key(json.loads(self._vault.open(row.sealed, place=_place(row.number))))
            for row in rows
        ]


def _place(number: int) -> str:
    return f"signing-key:{number}"
