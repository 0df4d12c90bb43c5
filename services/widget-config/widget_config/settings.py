"""Settings of this service, read from `WIDGET_CONFIG_…`."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.runtime.settings import ServiceSettings


class WidgetConfigSettings(ServiceSettings):
    """What every service has, and where the registry of integrations is."""

    model_config = SettingsConfigDict(env_prefix="WIDGET_CONFIG_")

    integrations_url: str = Field(
        "http://integrations:8000", description="Where the integrations service answers"
    )
    reconcile_seconds: float = Field(
        300.0, gt=0, description="How often the registry is read to heal what no event told"
    )
