"""What dialogs refuses, with codes that never change."""

from http import HTTPStatus

from shared.http.problems import Conflict, NotFound, Problem, Unprocessable


class DialogNotFound(NotFound):
    """There is no such dialog, or it is of a project the caller has no role in."""

    code = "dialog_not_found"
    title = "There is no such dialog."


class OperatorNotFound(NotFound):
    """Nobody with this id is in the dialog's project, as far as dialogs has heard."""

    code = "operator_not_found"
    title = "There is no such person in this project."


class FileNotFound(NotFound):
    """There is no such file, it is of a project the caller has no role in, or it is not ready."""

    code = "file_not_found"
    title = "There is no such file."


class IntegrationIsDeleted(Conflict):
    """The channel of this dialog is disconnected: the thread can only be read."""

    code = "integration_deleted"
    title = "The community is disconnected, so nothing can be sent."


class DialogIsClosed(Conflict):
    """A closed dialog has nobody who answers for it."""

    code = "dialog_closed"
    title = "The dialog is closed; reopen it first."


class DialogHasChanged(Conflict):
    """The dialog is not at `expected_version` any more; `version` says where it is."""

    code = "dialog_changed"
    title = "Somebody has changed the dialog meanwhile."


class TooManyWaiting(Conflict):
    """The messenger takes no replies at the moment, and many wait already."""

    code = "too_many_waiting"
    title = "Too many replies of this dialog wait to be sent."


class SearchNotAvailable(Unprocessable):
    """A list that ignored the question would look like an answer."""

    code = "search_not_available"
    title = "Dialogs cannot be searched yet; leave out q."


class MessageEmpty(Unprocessable):
    """A reply needs something to say."""

    code = "message_empty"
    title = "The message is empty."


class MessageTooLong(Unprocessable):
    """A reply is over the messenger's limit; it is never cut or split."""

    code = "message_too_long"
    title = "The message is too long for this channel."


class ClientIdReused(Unprocessable):
    """This client_id belongs to a message with another text."""

    code = "client_id_reused"
    title = "This client_id was used for another message."


class InvalidPosition(Unprocessable):
    """A position of the live feed is `project:number`, several of them parted by commas."""

    code = "invalid_position"
    title = "The position is not one of the live feed's."


class TooManyStreams(Problem):
    """This process has as many open streams as it may have."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "too_many_streams"
    title = "Too many live feeds are open. Try again."
