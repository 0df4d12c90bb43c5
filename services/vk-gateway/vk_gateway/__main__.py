"""Runs the gateway alone: `python -m vk_gateway`."""

from shared.runtime.commands import run_service
from vk_gateway.service import build
from vk_gateway.settings import GatewaySettings

if __name__ == "__main__":
    run_service(build, GatewaySettings.load())
