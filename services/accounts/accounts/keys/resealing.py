"""`reseal`: seals the signing keys with the newest encryption key, so that older ones may go."""

from accounts.parts import Parts
from shared.runtime.service import Service


async def reseal(service: Service) -> None:
    """Reseal every signing key in one transaction; may run beside the service and be repeated."""
    parts: Parts = service.api.state.accounts
    count = await parts.keys.reseal()
    print(f"{count} signing keys are sealed with the newest key")  # noqa: T201 - a command's answer to a person
