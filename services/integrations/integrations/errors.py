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
    """Another project has the community; which one is not for the caller to know."""

    code = "community_already_connected"
    title = "This community is connected to another project. Ask its administrator."


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
