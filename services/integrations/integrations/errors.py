"""Refusals of this service."""

from http import HTTPStatus

from shared.http.problems import Conflict, NotFound, Problem, Unprocessable


class IntegrationNotFound(NotFound):
    """There is no such integration, or it belongs to a project that is not the caller's."""

    code = "integration_not_found"
    title = "There is no such integration."


class ConnectionNotFound(NotFound):
    """The gateway has no such connection for this caller and project."""

    code = "connection_not_found"
    title = "There is no such connection in this project. Begin connecting again."


class ConnectionNotReady(Conflict):
    """The connection has not been carried through, or has ended."""

    code = "connection_not_ready"
    title = "This connection cannot be used (any more): start again."


class CommunityAlreadyConnected(Conflict):
    """Another project has the community; `project_name` is told to who works there too."""

    code = "community_already_connected"
    title = "This community is connected to another project. Ask its administrator."


class IntegrationIsDeleted(Conflict):
    """Its life is over; connecting again begins another."""

    code = "integration_deleted"
    title = "This integration is deleted. Connect the community again."


class IntegrationIsDeactivated(Conflict):
    """It was down for too long, or for good."""

    code = "integration_deactivated"
    title = "This integration is switched off. Connect the community again first."


class ImportRunning(Conflict):
    """One import at a time."""

    code = "import_running"
    title = "Earlier messages are being imported already. Wait for it, or cancel it."


class CommunityNotOffered(Unprocessable):
    """The connection gives no right to this community."""

    code = "community_not_offered"
    title = "This connection does not give access to the community."


class NotCommunityAdmin(Unprocessable):
    """Whoever gave consent does not administer the community."""

    code = "not_community_admin"
    title = "Only an administrator of the community can connect it."


class CommunityMessagesDisabled(Unprocessable):
    """Nobody can write to the community."""

    code = "community_messages_disabled"
    title = "Messages are off in this community. Turn them on in VK settings, then try again."


class GatewayUnavailable(Problem):
    """The gateway cannot be asked at the moment; nothing was changed."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "temporarily_unavailable"
    title = "The connection cannot be checked for a moment. Try again."
