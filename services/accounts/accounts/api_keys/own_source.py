"""What the guard of accounts itself asks, without any HTTP."""

from joserfc.jwk import KeySet

from accounts.api_keys.actions import exchange_api_key
from accounts.keys.signing import SigningKeys
from shared.database.engine import Database


class OwnKeySource:
    """The `KeySource` of accounts: its own signing keys and API keys."""

    def __init__(self, database: Database, signing_keys: SigningKeys) -> None:
        self._database = database
        self._signing_keys = signing_keys

    async def keys(self, *, fresh: bool) -> KeySet:
        """Return the public keys, read again from the database when asked."""
        return await self._signing_keys.keys(fresh=fresh)

    async def exchange(self, api_key: str) -> str:
        """Return an access token for an API key. Raises Unauthenticated."""
        return (await exchange_api_key(self._database, self._signing_keys.current, api_key)).token
