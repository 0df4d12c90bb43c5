"""`python -m widget_config`: run the service alone."""

from shared.runtime.commands import run_service
from widget_config.service import build
from widget_config.settings import WidgetConfigSettings

if __name__ == "__main__":
    run_service(build, WidgetConfigSettings.load())
