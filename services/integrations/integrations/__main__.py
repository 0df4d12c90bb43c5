"""`python -m integrations`: run the service alone."""

from integrations.service import build
from integrations.settings import IntegrationsSettings
from shared.runtime.commands import run_service

if __name__ == "__main__":
    run_service(build, IntegrationsSettings.load())
