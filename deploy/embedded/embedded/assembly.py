"""The five services of one process: the same code as on their own, over one bus and one SQLite file each."""

from typing import Any

import accounts.service
import dialogs.service
import integrations.service
import vk_gateway.service
import widget_config.service
from accounts.settings import AccountsSettings
from dialogs.settings import DialogsSettings
from embedded import cabinet, emulator
from embedded.data_folder import DataFolder
from embedded.settings import EmbeddedSettings
from integrations.settings import IntegrationsSettings
from shared.messaging.bus import Bus
from shared.runtime.service import Service
from shared.runtime.world import World
from vk_gateway.settings import GatewaySettings
from widget_config.settings import WidgetConfigSettings


def build_services(settings: EmbeddedSettings, folder: DataFolder, world: World, bus: Bus) -> list[Service]:
    """Assemble them; opens nothing. What is not set here may be set by each service's own variables."""
    secrets = folder.secrets
    shared: dict[str, Any] = {
        "service_key": secrets.service_key,
        "public_url": settings.public_url,
        "demo": settings.demo,
        "accounts_url": settings.own_url,
        "integrations_url": settings.own_url,
        "vk_gateway_url": settings.own_url,
        "files_url": folder.files_url,
    }
    gateway: dict[str, Any] = {
        "encryption_keys": secrets.vk_gateway_encryption_key,
        "return_url": settings.return_url if cabinet.is_built() else "",
    }
    if settings.demo:
        gateway |= {
            "vk_api_url": f"{settings.emulator_url}/method",
            "callback_url": settings.own_url,
            "media_origins": settings.emulator_url,
            "vk_id_url": f"{settings.emulator_url}/id",
            "vk_oauth_url": f"{settings.emulator_url}/oauth",
            "vk_app_id": emulator.APP_ID,
            "vk_app_secret": emulator.APP_SECRET,
            "vk_service_key": emulator.APP_SERVICE_KEY,
        }
    sign_in: dict[str, Any] = {"encryption_keys": secrets.accounts_encryption_key}
    behind_proxy: dict[str, Any] = {"trusted_proxy": True} if settings.trusted_proxy else {}

    def of(service: str) -> dict[str, Any]:
        return {**shared, "database_url": folder.database_url(service)}

    return [
        accounts.service.build(AccountsSettings(**of("accounts"), **sign_in, **behind_proxy), world, bus),
        vk_gateway.service.build(GatewaySettings(**of("vk-gateway"), **gateway), world, bus),
        integrations.service.build(IntegrationsSettings(**of("integrations")), world, bus),
        dialogs.service.build(DialogsSettings(**of("dialogs")), world, bus),
        widget_config.service.build(WidgetConfigSettings(**of("widget-config"), **behind_proxy), world, bus),
    ]
