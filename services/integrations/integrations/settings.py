"""Settings of this service, read from `INTEGRATIONS_…`."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.runtime.settings import ServiceSettings


class IntegrationsSettings(ServiceSettings):
    """What every service has, and where the gateway is."""

    model_config = SettingsConfigDict(env_prefix="INTEGRATIONS_")

    vk_gateway_url: str = Field("http://vk-gateway:8000", description="Where the VK gateway answers")
    vk_gateway_timeout_seconds: float = Field(
        5.0, gt=0, description="How long a person who connects waits for the gateway"
    )
