"""Settings that every service has. A service subclasses them with its own prefix, e.g. `DIALOGS_`."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRETS_FOLDER = "/run/secrets"


class ServiceSettings(BaseSettings):
    """Read from the environment (`DIALOGS_DATABASE_URL`) or from files of that name in /run/secrets."""

    model_config = SettingsConfigDict(extra="ignore", hide_input_in_errors=True)

    database_url: str = Field(description="postgresql+asyncpg://… or sqlite+aiosqlite:///…")
    database_pool_size: int = 10
    bus_url: str = Field("memory:", description="amqp://… or memory: for the in-process bus")
    public_url: str = Field("http://127.0.0.1:8080", description="The address people and VK reach us by")
    service_key: SecretStr = Field(description="Signs calls between services; the same for all of them")
    accounts_url: str = Field("http://accounts:8000", description="Where the accounts service answers")
    host: str = "127.0.0.1"
    port: int = 8000
    reads_per_second: float = Field(50, gt=0, description="Of one person or API key, in one process")
    reads_burst: float = Field(200, ge=1, description="As many reads may come at once")
    changes_per_second: float = Field(20, gt=0, description="As reads, for calls that change something")
    changes_burst: float = Field(60, ge=1, description="As many changes may come at once")
    demo: bool = False
    log_json: bool = True
    log_level: str = "INFO"

    @classmethod
    def load(cls) -> Self:
        """Read the settings; raises pydantic.ValidationError that names what is missing, never a value."""
        return cls(_secrets_dir=SECRETS_FOLDER if Path(SECRETS_FOLDER).is_dir() else None)

    @property
    def own_origins(self) -> frozenset[str]:
        """Origins that browsers may call us from with a cookie."""
        origin = self.public_url.rstrip("/")
        if not self.demo:
            return frozenset({origin})
        scheme, _, rest = origin.partition("://")
        port = rest.rpartition(":")[2] if ":" in rest.rpartition("]")[2] else ""
        suffix = f":{port}" if port else ""
        loopback = {f"{scheme}://{host}{suffix}" for host in ("localhost", "127.0.0.1", "[::1]")}
        return frozenset({origin, *loopback})

    @property
    def secure(self) -> bool:
        """Whether people reach us by https; cookies are `__Host-` and Secure only then."""
        return self.public_url.startswith("https://")
