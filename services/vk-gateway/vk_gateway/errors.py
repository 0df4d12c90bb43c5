"""Every refusal of the gateway."""

from http import HTTPStatus

from shared.http.problems import Conflict, NotFound, Problem, Unprocessable


class ConnectionNotFound(NotFound):
    """There is no such connection in the caller's projects."""

    code = "connection_not_found"
    title = "There is no such connection."


class KeyInvalid(Unprocessable):
    """VK does not know the key, or it is not a community's."""

    code = "key_invalid"
    title = "VK does not accept this community key."


class KeyLacksRights(Unprocessable):
    """The key cannot do what support needs; `missing` in the facts names the rights."""

    code = "key_lacks_rights"
    title = "The community key lacks rights that are needed."


class OauthNotConfigured(Unprocessable):
    """This installation has no VK app to send people to."""

    code = "oauth_not_configured"
    title = "Connecting through VK's consent page is not set up here; use a community key."


class OtherAddress(Unprocessable):
    """The page has another address than the one VK sends people back to: `address` in the facts."""

    code = "other_address"
    title = "VK sends people back to Otklik's public address. Open Otklik there and begin again."


class CommunityNotOffered(Unprocessable):
    """The connection does not cover that community."""

    code = "community_not_offered"
    title = "This connection does not cover that community."


class ConnectionNotOpen(Conflict):
    """The connection is not at the step that this belongs to; `state` in the facts says where it is."""

    code = "connection_not_open"
    title = "The connection is at another step, or over. Begin to connect anew."


class LinkNotUnderstood(Unprocessable):
    """What was given is no link to a community in VK."""

    code = "link_not_understood"
    title = "This is not a link to a VK community."


class CommunityNotFound(Unprocessable):
    """VK has no living community behind that link."""

    code = "community_not_found"
    title = "VK has no community at this link."


class NotCommunityAdmin(Unprocessable):
    """The person who signed in with VK does not administer the community."""

    code = "not_community_admin"
    title = "Only an administrator of the community can connect it."


class KeyGone(Conflict):
    """The connection has no key for that community: not given yet, or erased."""

    code = "key_gone"
    title = "There is no key for this community any more. Begin to connect anew."


class VkUnavailable(Problem):
    """VK did not answer, or not in a way that tells anything."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "vk_unavailable"
    title = "VK does not answer at the moment. Try again."
