"""`python -m vk_gateway`: serve, migrate, look at parked events, or seal every secret anew."""

from shared.runtime.commands import Command, run_service
from vk_gateway.communities.resealing import reseal
from vk_gateway.service import build
from vk_gateway.settings import GatewaySettings

RESEAL = Command("reseal", "seal every stored secret with the newest of the encryption keys", reseal)

if __name__ == "__main__":
    run_service(build, GatewaySettings.load(), [RESEAL])
