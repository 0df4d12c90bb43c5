"""Access tokens without an accounts service: a key of the test's own, and a guard's source of it."""

from datetime import UTC, datetime
from uuid import UUID

from joserfc.jwk import KeySet, OKPKey

from shared.http.access import Role, sign_access
from shared.http.problems import Unauthenticated


class StaticKeys:
    """A `KeySource` that knows one set of keys for ever: `build(..., keys=StaticKeys(test_keys.key_set))`."""

    def __init__(self, key_set: KeySet) -> None:
        self.key_set = key_set

    async def keys(self, *, fresh: bool) -> KeySet:
        """Return the keys."""
        return self.key_set

    async def exchange(self, api_key: str) -> str:
        """Know no API key."""
        raise Unauthenticated


class TestKeys:
    """An Ed25519 key pair; `key_set` holds the public half, `source` hands it to a guard."""

    __test__ = False

    def __init__(self) -> None:
        self._key = OKPKey.generate_key("Ed25519", auto_kid=True)
        self.key_set = KeySet.import_key_set(KeySet([self._key]).as_dict(private=False))

    @property
    def source(self) -> StaticKeys:
        """A `KeySource` for `build(..., keys=...)`."""
        return StaticKeys(self.key_set)

    def token(
        self,
        operator_id: UUID,
        name: str = "Анна",
        roles: dict[UUID, Role] | None = None,
        issued_at: datetime | None = None,
        *,
        is_program: bool = False,
    ) -> str:
        """Sign an access token, as accounts would at `issued_at` (now, unless told)."""
        return sign_access(
            self._key,
            operator_id=operator_id,
            name=name,
            roles=roles or {},
            issued_at=issued_at or datetime.now(UTC),
            is_program=is_program,
        )

    def bearer(self, operator_id: UUID, roles: dict[UUID, Role]) -> dict[str, str]:
        """Make the header that calls an API as this operator."""
        return {"Authorization": f"Bearer {self.token(operator_id, roles=roles)}"}
