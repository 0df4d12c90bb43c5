"""`python -m vk_emulator`: runs the emulator until it is told to stop."""

import logging
import sys

import uvicorn

from vk_emulator.service import build
from vk_emulator.settings import Settings


def main() -> None:
    """Serve with the settings of the environment; ends with 2 when they make no sense."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = Settings.from_environment()
    except ValueError as error:
        sys.exit(f"vk_emulator: {error}")
    # Open Long Polls would hold an orderly end for up to 90 seconds.
    uvicorn.run(
        build(settings),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=75,
        limit_concurrency=2000,
    )


if __name__ == "__main__":
    main()
