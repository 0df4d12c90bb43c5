"""All five services on SQLite behind one address, as the embedded shape assembles them, and a VK for them."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request

import accounts.service
import dialogs.service
import integrations.service
import vk_gateway.service
import widget_config.service
from accounts.settings import AccountsSettings
from dialogs.settings import DialogsSettings
from integrations.settings import IntegrationsSettings
from shared.database.vault import new_vault_key
from shared.messaging.bus import InProcessBus
from shared.runtime.service import Service
from shared.runtime.world import World
from vk_gateway.settings import GatewaySettings
from widget_config.settings import WidgetConfigSettings

SERVICE_KEY = "walls" * 8


def stand_in_for_vk() -> FastAPI:
    """Know every key of the form `vk1.a.key-of-<community>-<letter>`; take no callback servers."""
    api = FastAPI()

    @api.post("/method/{method}")
    async def answer(method: str, request: Request) -> Any:
        parts = request.headers["authorization"].split("-")
        number, letter = int(parts[-2]), parts[-1]
        group = {"id": number, "name": f"сообщество-{letter}", "screen_name": f"club{number}"}
        match method:
            case "groups.getById":
                return {"response": {"groups": [group]}}
            case "groups.getTokenPermissions":
                return {"response": {"permissions": [{"name": "manage"}, {"name": "messages"}]}}
            case "groups.setSettings":
                return {"response": 1}
            case "messages.getConversations":
                return {"response": {"items": []}}
            case _:
                return {"error": {"error_code": 10, "error_msg": "Internal server error"}}

    return api


def build_services(folder: Path, url: str, vk_url: str, bus: InProcessBus) -> list[Service]:
    """Assemble all five as the embedded shape does, on SQLite."""
    world = World()

    def of(name: str) -> dict[str, Any]:
        neighbours = {f"{one}_url": url for one in ("public", "accounts", "integrations", "vk_gateway")}
        return {
            **neighbours,
            "service_key": SERVICE_KEY,
            # Here a few people make thousands of calls.
            "reads_burst": 1e9,
            "changes_burst": 1e9,
            "visitor_burst": 1e9,
            "load_burst": 1e9,
            "click_burst": 1e9,
            "loads_burst": 1e9,
            "database_url": f"sqlite+aiosqlite:///{folder / name}.db",
            "files_url": (folder / "files").as_uri(),
        }

    key: Any = {"encryption_keys": new_vault_key()}
    weak: Any = {"hash_memory_kib": 8, "hash_passes": 1}
    return [
        accounts.service.build(AccountsSettings(**of("accounts"), **weak, **key), world, bus),
        vk_gateway.service.build(
            GatewaySettings(**of("vk-gateway"), **key, vk_api_url=f"{vk_url}/method"),
            world,
            bus,
        ),
        # The stand-in lets nobody link, which the gateway tells again and again: here no trouble grows old.
        integrations.service.build(
            IntegrationsSettings(**of("integrations"), transient_seconds=1e9), world, bus
        ),
        dialogs.service.build(DialogsSettings(**of("dialogs")), world, bus),
        widget_config.service.build(WidgetConfigSettings(**of("widget-config")), world, bus),
    ]
