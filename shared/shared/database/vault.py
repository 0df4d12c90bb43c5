"""Secrets at rest: sealed with the newest key, opened with any known one, bound to their place."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class VaultError(Exception):
    """A secret cannot be opened: no known key fits, or it was moved here from another row."""


class Vault:
    """Seals texts with MultiFernet (AES-128-CBC with HMAC-SHA256).

    Fernet has no associated data, so the `place` (e.g. "community-key:<row id>") is sealed with the text
    and compared on opening: a value copied to another row does not open there.
    """

    def __init__(self, keys: str) -> None:
        """Take Fernet keys, newest first, parted by commas. Raises ValueError without a valid one."""
        self._box = MultiFernet([Fernet(key.strip()) for key in keys.split(",") if key.strip()])

    def seal(self, text: str, *, place: str) -> str:
        """Return the sealed text."""
        return self._box.encrypt(f"{place}\0{text}".encode()).decode()

    def open(self, sealed: str, *, place: str) -> str:
        """Return the text. Raises VaultError."""
        try:
            found, _, text = self._box.decrypt(sealed.encode()).decode().partition("\0")
        except InvalidToken:
            raise VaultError("no key opens it") from None
        if found != place:
            raise VaultError("it belongs to another place")
        return text

    def rotate(self, sealed: str) -> str:
        """Seal again with the newest key. Raises VaultError."""
        try:
            return self._box.rotate(sealed.encode()).decode()
        except InvalidToken:
            raise VaultError("no key opens it") from None


def new_vault_key() -> str:
    """Make a key for `Vault`."""
    return Fernet.generate_key().decode()
