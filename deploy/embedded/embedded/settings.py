"""What the embedded Otklik is told from outside: its `OTKLIK_*` environment variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class WrongSettings(Exception):
    """A variable makes no sense; the text says which one and what would."""


@dataclass(frozen=True, slots=True)
class EmbeddedSettings:
    """One run of the embedded shape."""

    host: str
    port: int
    emulator_port: int
    data_folder: Path
    demo: bool
    given_public_url: str | None
    log_level: str
    trusted_proxy: bool
    given_return_url: str | None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "EmbeddedSettings":
        """Read the variables. Raises WrongSettings."""
        port = _port(environment, "OTKLIK_PORT", 8080)
        emulator_port = _port(environment, "OTKLIK_EMULATOR_PORT", 8081)
        if port == emulator_port:
            raise WrongSettings(f"OTKLIK_PORT and OTKLIK_EMULATOR_PORT are both {port}; they must differ.")
        demo = environment.get("OTKLIK_DEMO") or "1"
        if demo not in {"0", "1"}:
            raise WrongSettings(f"OTKLIK_DEMO is 0 or 1, not {demo!r}.")
        public_url = environment.get("OTKLIK_PUBLIC_URL") or None
        if public_url and not public_url.startswith(("http://", "https://")):
            raise WrongSettings("OTKLIK_PUBLIC_URL must begin with http:// or https://.")
        trusted_proxy = environment.get("OTKLIK_TRUSTED_PROXY") or "0"
        if trusted_proxy not in {"0", "1"}:
            raise WrongSettings(f"OTKLIK_TRUSTED_PROXY is 0 or 1, not {trusted_proxy!r}.")
        log_level = (environment.get("OTKLIK_LOG_LEVEL") or "WARNING").upper()
        if log_level not in LOG_LEVELS:
            raise WrongSettings(f"OTKLIK_LOG_LEVEL is one of {', '.join(LOG_LEVELS)}.")
        return cls(
            host=environment.get("OTKLIK_HOST") or "127.0.0.1",
            port=port,
            emulator_port=emulator_port,
            data_folder=Path(environment.get("OTKLIK_DATA") or "var").resolve(),
            demo=demo == "1",
            given_public_url=public_url.rstrip("/") if public_url else None,
            log_level=log_level,
            trusted_proxy=trusted_proxy == "1",
            given_return_url=environment.get("OTKLIK_RETURN_URL"),
        )

    @property
    def own_url(self) -> str:
        """Where this process reaches itself."""
        return f"http://{self._own_host}:{self.port}"

    @property
    def emulator_url(self) -> str:
        """Where the emulator answers."""
        return f"http://{self._own_host}:{self.emulator_port}"

    @property
    def public_url(self) -> str:
        """The address people and VK reach us by."""
        return self.given_public_url or self.own_url

    @property
    def return_url(self) -> str:
        """Where people go after VK's pages: the cabinet's page unless another is given."""
        if self.given_return_url is not None:
            return self.given_return_url
        return f"{self.public_url}/integrations/return"

    @property
    def consent_returns(self) -> tuple[str, ...]:
        """Where VK's consent pages may send people back to; none when any loopback address may do."""
        if self.given_public_url is None:
            return ()
        return tuple(
            f"{self.public_url}/api/v1/vk/authorizations/{page}" for page in ("identity", "communities")
        )

    @property
    def is_open_to_others(self) -> bool:
        """Whether other machines can connect."""
        return self.host not in LOOPBACK

    @property
    def _own_host(self) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)
        return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise WrongSettings(f"{name} is a port number, not {text!r}.")
    return int(text)
