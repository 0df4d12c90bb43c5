"""Settings of this service, read from `INTEGRATIONS_…`."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from integrations.health.rules import Limits
from shared.runtime.settings import ServiceSettings


class IntegrationsSettings(ServiceSettings):
    """What every service has, and where the gateway is."""

    model_config = SettingsConfigDict(env_prefix="INTEGRATIONS_")

    vk_gateway_url: str = Field("http://vk-gateway:8000", description="Where the VK gateway answers")
    vk_gateway_timeout_seconds: float = Field(
        5.0, gt=0, description="How long a person who connects waits for the gateway"
    )
    transient_seconds: float = Field(
        180, ge=0, description="So long VK may not answer before an integration is unavailable"
    )
    account_probes: int = Field(3, ge=1, description="So many failed probes of an account deactivate")
    account_seconds: float = Field(600, ge=0, description="… over at least so long")
    critical_seconds: float = Field(86_400, gt=0, description="So long unavailable deactivates")
    hold_seconds: float = Field(300, ge=0, description="Between two changes of a state for the same side")
    watched_seconds: float = Field(
        180, gt=0, description="Checks further apart say nothing of the time between them"
    )

    @property
    def limits(self) -> Limits:
        """When what is wrong becomes what."""
        return Limits(
            transient_seconds=self.transient_seconds,
            account_probes=self.account_probes,
            account_seconds=self.account_seconds,
            critical_seconds=self.critical_seconds,
            hold_seconds=self.hold_seconds,
            watched_seconds=self.watched_seconds,
        )
