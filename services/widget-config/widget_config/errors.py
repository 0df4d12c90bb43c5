"""Refusals of this service."""

from shared.http.problems import Conflict, NotFound


class WidgetNotFound(NotFound):
    """There is no such widget, or it belongs to a project that is not the caller's."""

    code = "widget_not_found"
    title = "There is no such widget."


class IntegrationNotFound(NotFound):
    """The widget's project has no such live integration."""

    code = "integration_not_found"
    title = "This project has no such integration."


class TooManyChannels(Conflict):
    """A widget is a short list; `channels_max` is in the facts."""

    code = "too_many_channels"
    title = "The widget has as many channels as it can show. Remove one first."


class VersionNotFound(NotFound):
    """The widget has no such version, or no longer."""

    code = "version_not_found"
    title = "This widget has no such version."


class NothingToPublish(Conflict):
    """The widget has no draft."""

    code = "nothing_to_publish"
    title = "There is no draft to publish."


class WidgetHasChanged(Conflict):
    """Somebody else changed the draft at the same moment."""

    code = "widget_has_changed"
    title = "Somebody has changed this widget just now. Look again."
