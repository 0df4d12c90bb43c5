"""Runs dialogs alone: `python -m dialogs`."""

from dialogs.service import build
from dialogs.settings import DialogsSettings
from shared.runtime.commands import run_service

if __name__ == "__main__":
    run_service(build, DialogsSettings.load())
