"""The settings of accounts, read from `ACCOUNTS_…`."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.runtime.settings import ServiceSettings


class AccountsSettings(ServiceSettings):
    """What accounts needs beyond what every service needs."""

    model_config = SettingsConfigDict(env_prefix="ACCOUNTS_")

    encryption_keys: SecretStr = Field(
        description="Fernet keys, newest first, parted by commas; seal the signing key"
    )
    trusted_proxy: bool = Field(
        False, description="Whether X-Forwarded-For's last hop is written by our own proxy"
    )
    hash_memory_kib: int = Field(
        19_456, ge=8, description="Memory of one password hash; 19456 (19 MiB) is the least"
    )
    hash_passes: int = Field(2, ge=1, description="Passes of one password hash; 2 is the least")
    session_idle_hours: float = Field(8, gt=0, description="A session unused for so long ends")
    session_days: float = Field(7, gt=0, description="A session ends after so long in any case")
    enrolment_hours: float = Field(24, gt=0, le=24 * 7, description="How long an invitation's link works")
