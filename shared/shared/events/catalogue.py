"""Every event there is, by its type."""

from shared.events import accounts, audit, channel, dialogs, integrations, widgets
from shared.events.envelope import Event


def _announced(module: object) -> list[type[Event]]:
    found = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Event)]
    return [event for event in found if "type" in vars(event)]


EVENTS: dict[str, type[Event]] = {
    event.type: event
    for module in (accounts, audit, channel, dialogs, integrations, widgets)
    for event in _announced(module)
}
