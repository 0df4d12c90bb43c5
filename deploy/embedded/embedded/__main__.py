"""`python -m embedded`: all of Otklik in one process, with the VK emulator beside it in demo mode."""

import socket
import sys
import time

import uvloop

from embedded.data_folder import DataFolder, DataFolderTrouble, hold_data_folder
from embedded.emulator import EmulatorProcess
from embedded.settings import EmbeddedSettings, WrongSettings
from shared.runtime.logging import configure_logging

PORT_SECONDS_MAX = 3.0


class PortTaken(Exception):
    """Somebody else listens where we should; the text says what would help."""


def main() -> None:
    """Run until told to end; exits with 2 for wrong settings, with 1 when something is in the way."""
    try:
        settings = EmbeddedSettings.from_environment()
    except WrongSettings as error:
        print(f"Otklik: {error}", file=sys.stderr)
        sys.exit(2)
    configure_logging(as_json=not sys.stderr.isatty(), level=settings.log_level)
    try:
        with hold_data_folder(settings.data_folder) as folder:
            _run(settings, folder)
    except (DataFolderTrouble, PortTaken) as error:
        print(f"Otklik: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _run(settings: EmbeddedSettings, folder: DataFolder) -> None:
    listener = _bind(settings.host, settings.port, "OTKLIK_PORT")
    if not settings.demo:
        _serve(settings, folder, listener, None)
        return
    # What an earlier run left behind may need a moment to end, and would be taken for our own.
    _bind(settings.host, settings.emulator_port, "OTKLIK_EMULATOR_PORT").close()
    emulator = EmulatorProcess(
        host=settings.host,
        port=settings.emulator_port,
        url=settings.emulator_url,
        data_folder=folder.path / "vk-emulator",
        redirects=settings.consent_returns,
    )
    emulator.start()
    try:
        _serve(settings, folder, listener, emulator)
    finally:
        emulator.stop()


def _serve(
    settings: EmbeddedSettings, folder: DataFolder, listener: socket.socket, emulator: EmulatorProcess | None
) -> None:
    from embedded.serving import serve  # noqa: PLC0415 - the emulator starts while the services are imported

    uvloop.run(serve(settings, folder, listener, emulator))


def _bind(host: str, port: int, variable: str) -> socket.socket:
    """Take the port, waiting a little for one that is being given back."""
    deadline = time.monotonic() + PORT_SECONDS_MAX
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            listener.close()
            if time.monotonic() > deadline:
                reason = f"{host}:{port} cannot be used ({error.strerror}). Set {variable} to another port."
                raise PortTaken(reason) from error
            time.sleep(0.1)
        else:
            return listener


if __name__ == "__main__":
    main()
