"""Whose address services learn behind a proxy with TLS: the caller's, and only by the word of that proxy."""

from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from embedded.assembly import build_services
from embedded.data_folder import DataFolder, Secrets
from embedded.settings import EmbeddedSettings, WrongSettings
from shared.database.vault import new_vault_key
from shared.messaging.bus import InProcessBus
from shared.runtime.world import World
from tests.support.servers import NginxServer
from tests.support.serving import serving
from tests.support.suite.nginx import NOBODY, write_nginx_config
from tests.support.suite.shapes import SERVICES
from tests.support.waiting import free_port


async def _told(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the address that a service would believe."""
    addresses = [value.decode() for name, value in scope["headers"] if name == b"x-forwarded-for"]
    await PlainTextResponse(" and ".join(addresses))(scope, receive, send)


@pytest.mark.parametrize(
    ("trusted", "told"), [(NOBODY, "127.0.0.1"), ("127.0.0.1/32", "203.0.113.9"), ("10.0.0.0/8", "127.0.0.1")]
)
async def test_nginx_believes_the_trusted_proxy_alone(tmp_path: Path, trusted: str, told: str) -> None:
    port = free_port()
    async with serving(_told) as address:
        upstreams = dict.fromkeys(SERVICES, int(address.rpartition(":")[2]))
        config = write_nginx_config(tmp_path, port=port, upstreams=upstreams, trusted_proxy=trusted)
        nginx = NginxServer(config, prefix=tmp_path, port=port)
        nginx.start()
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                # The first one is what the caller claims, the last one what the proxy saw.
                headers = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}
                answer = await client.get(f"http://127.0.0.1:{port}/api/v1/accounts/session", headers=headers)
        finally:
            nginx.stop()

    assert answer.text == told


@pytest.mark.parametrize(("given", "trusted"), [({}, False), ({"OTKLIK_TRUSTED_PROXY": "1"}, True)])
def test_the_embedded_shape_believes_a_proxy_when_told_to(
    tmp_path: Path, given: dict[str, str], trusted: bool
) -> None:
    settings = EmbeddedSettings.from_environment({"OTKLIK_DATA": str(tmp_path), **given})

    folder = DataFolder(tmp_path, Secrets("s" * 32, new_vault_key(), new_vault_key()))
    accounts = build_services(settings, folder, World(), InProcessBus())[0]

    assert accounts.api.state.accounts.settings.trusted_proxy is trusted


def test_a_wrong_word_about_the_proxy_is_refused() -> None:
    with pytest.raises(WrongSettings):
        EmbeddedSettings.from_environment({"OTKLIK_TRUSTED_PROXY": "10.0.0.0/8"})
