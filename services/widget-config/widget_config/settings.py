"""Settings of this service, read from `WIDGET_CONFIG_…`."""

from datetime import timedelta

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.runtime.settings import ServiceSettings


class WidgetConfigSettings(ServiceSettings):
    """What every service has, where the registry of integrations is, and how the public door behaves."""

    model_config = SettingsConfigDict(env_prefix="WIDGET_CONFIG_")

    integrations_url: str = Field(
        "http://integrations:8000", description="Where the integrations service answers"
    )
    reconcile_seconds: float = Field(
        300.0, gt=0, description="How often the registry is read to heal what no event told"
    )
    sure_minutes: float = Field(
        60.0, gt=0, description="A button is hidden when its state was not confirmed for so long"
    )
    copy_seconds: float = Field(
        2.0, gt=0, description="How long a process serves its own copy of a public config without looking"
    )
    visitor_per_second: float = Field(20, gt=0, description="Of one address for one widget, in one process")
    visitor_burst: float = Field(60, ge=1, description="As many may come at once")
    load_per_second: float = Field(10, gt=0, description="Of one address, what no copy answers")
    load_burst: float = Field(60, ge=1, description="As many may come at once")
    loads_per_second: float = Field(300, gt=0, description="Of all addresses, what no copy answers")
    loads_burst: float = Field(600, ge=1, description="As many may come at once")
    click_per_second: float = Field(0.5, gt=0, description="Of one address; each click is told and stored")
    click_burst: float = Field(30, ge=1, description="As many may come at once")
    mark_hours: float = Field(24.0, gt=0, description="How long a visit's mark counts, from the click on")
    trusted_proxy: bool = Field(
        False, description="Whether X-Forwarded-For's last hop is written by our own proxy"
    )

    @property
    def sure_for(self) -> timedelta:
        """How long what we know of a state is good enough to be shown."""
        return timedelta(minutes=self.sure_minutes)

    @property
    def mark_lives(self) -> timedelta:
        """How long a mark counts."""
        return timedelta(hours=self.mark_hours)
