"""What dialogs refuses, with codes that never change."""

from http import HTTPStatus

from shared.http.problems import Conflict, NotFound, Problem, Unprocessable


class DialogNotFound(NotFound):
    """There is no such dialog, or it is of a project the caller has no role in."""

    code = "dialog_not_found"
    title = "There is no such dialog."


class PeriodInvalid(Unprocessable):
    """A report's period ends before it begins, or is too long; `days_max` says how long it may be."""

    code = "period_invalid"
    title = "The period ends before it begins, or is too long."


class TimezoneUnknown(Unprocessable):
    """There is no time zone of this name."""

    code = "timezone_unknown"
    title = "There is no such time zone. Use a name like Europe/Moscow."


class OperatorNotFound(NotFound):
    """Nobody with this id is in the dialog's project, as far as dialogs has heard."""

    code = "operator_not_found"
    title = "There is no such person in this project."


class FileNotFound(NotFound):
    """There is no such file, it is of a project the caller has no role in, or it is not ready."""

    code = "file_not_found"
    title = "There is no such file."


class FileEmpty(Unprocessable):
    """A file needs something in it."""

    code = "file_empty"
    title = "The file is empty."


class FileRefused(Unprocessable):
    """The messenger takes no programs and no MP3 files."""

    code = "file_type_refused"
    title = "The messenger takes no files of this type."


class UploadTooLarge(Problem):
    """The file is larger than the messenger takes; `bytes_max` says how large it may be."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "body_too_large"
    title = "The file is too large."


class UploadBrokenOff(Problem):
    """The file did not come whole, or too slowly. The same call may be made again."""

    status = HTTPStatus.BAD_REQUEST
    code = "upload_broken_off"
    title = "The file has not come whole. Send it again."


class RawBodyExpected(Problem):
    """The body of an upload is the file itself, and no form."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "raw_body_expected"
    title = "Send the file itself as the body, not a form."


class RangeNotSatisfiable(Problem):
    """The file has no such part; `size_bytes` says how long it is."""

    status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    code = "range_not_satisfiable"
    title = "The file has no such part."


class FilesUnavailable(Problem):
    """The file store does not answer at the moment."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "temporarily_unavailable"
    title = "Files cannot be had for a moment. Try again."


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


class DialogIsTaken(Conflict):
    """A colleague (`operator`) answers for the dialog; `take_over` says that the caller does from now on."""

    code = "dialog_taken"
    title = "A colleague answers in this dialog."


class ColleagueReplied(Conflict):
    """Somebody (`author`) has replied behind what the caller has seen; nothing was stored."""

    code = "colleague_replied"
    title = "A colleague has replied meanwhile."


class TagNotFound(NotFound):
    """There is no such tag in this project."""

    code = "tag_not_found"
    title = "There is no such tag."


class TagNameTaken(Conflict):
    """Two tags of a project have two names."""

    code = "tag_name_taken"
    title = "There is a tag of this name already."


class TooManyTags(Conflict):
    """A project, or a dialog, has as many tags as it may have: `tags_max`."""

    code = "too_many_tags"
    title = "There are too many tags."


class QuickAnswerNotFound(NotFound):
    """There is no such quick answer, or it is of a project the caller has no role in."""

    code = "quick_answer_not_found"
    title = "There is no such quick answer."


class ShortcutTaken(Conflict):
    """Two quick answers of a project have two shortcuts."""

    code = "shortcut_taken"
    title = "Another quick answer has this shortcut."


class TooManyQuickAnswers(Conflict):
    """A project has as many quick answers as it may have: `quick_answers_max`."""

    code = "too_many_quick_answers"
    title = "There are too many quick answers."


class NoteNotFound(NotFound):
    """There is no such note in this dialog, or no more."""

    code = "note_not_found"
    title = "There is no such note in this dialog."


class MessageNotFound(NotFound):
    """There is no such message in this dialog."""

    code = "message_not_found"
    title = "There is no such message in this dialog."


class MessageHasChanged(Conflict):
    """The message is not at `expected_version` any more; `version` says where it is."""

    code = "message_changed"
    title = "The message has changed meanwhile."


class MessageNotOurs(Conflict):
    """Only what operators wrote here can be changed from here."""

    code = "message_not_ours"
    title = "Only messages written here can be changed here."


class MessageIsDeleted(Conflict):
    """What is deleted stays so."""

    code = "message_deleted"
    title = "The message is deleted."


class MessageNotSent(Conflict):
    """What the messenger does not have cannot be changed there."""

    code = "message_not_sent"
    title = "The message is not sent; cancel it while it waits, or try it again."


class MessageNotFailed(Conflict):
    """Only what was not sent is sent again."""

    code = "message_not_failed"
    title = "The message is sent already."


class TooLateToCancel(Conflict):
    """The messenger has it."""

    code = "too_late_to_cancel"
    title = "The message is sent already; it can only be deleted."


class TooManyChanges(Conflict):
    """The messenger carries out no changes at the moment, and many wait already."""

    code = "too_many_changes"
    title = "Too many changes of this message wait to be carried out."


class MessagesOff(Conflict):
    """The community takes and sends no messages at all."""

    code = "messages_off"
    title = "The community's messages are switched off, so nothing can be sent."


class IntegrationIsDeactivated(Conflict):
    """The community was out of reach for too long, or for good."""

    code = "integration_deactivated"
    title = "The integration is switched off. Its administrator has to connect the community again."


class WritingNotAllowed(Conflict):
    """The person has blocked us."""

    code = "writing_not_allowed"
    title = "The person has forbidden the community to write to them."


class BlockedByCommunity(Conflict):
    """We have blocked the person."""

    code = "blocked_by_community"
    title = "The person is on the community's blacklist."


class PrivacySettings(Conflict):
    """The person takes messages of few."""

    code = "privacy_settings"
    title = "The person's privacy settings do not let the community write."


class PersonIsGone(Conflict):
    """The account is deleted or blocked by the messenger."""

    code = "person_is_gone"
    title = "The person's account is gone."


class ReplyWindowOver(Conflict):
    """The messenger takes replies for a time only."""

    code = "reply_window_over"
    title = "The time in which the messenger takes a reply is over."


class NoConversation(Conflict):
    """The messenger knows of no conversation with this person."""

    code = "no_conversation"
    title = "The messenger has no conversation with this person any more."


class PersonUnreachable(Conflict):
    """The messenger does not say more."""

    code = "person_unreachable"
    title = "The messenger does not deliver to this person."


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


class QuotedMessageNotFound(NotFound):
    """A reply quotes a message of its own dialog."""

    code = "quoted_message_not_found"
    title = "The quoted message is not in this dialog."


class QuotedMessageNotSent(Conflict):
    """The messenger quotes what it has."""

    code = "quoted_message_not_sent"
    title = "The quoted message is not in the messenger: not yet, or no more."


class FileNotReady(Conflict):
    """The file is not wholly there, or will never be: then `problem` says why."""

    code = "file_not_ready"
    title = "The file is not ready to be sent."


class TooManyAttachments(Unprocessable):
    """The messenger takes so many in one message."""

    code = "too_many_attachments"
    title = "These are too many attachments for one message."


class AttachmentsDoNotMix(Unprocessable):
    """A voice message goes out alone."""

    code = "attachments_do_not_mix"
    title = "A voice message cannot have other attachments beside it."


class AttachmentTooLarge(Unprocessable):
    """The messenger would refuse it; `bytes_max` is what it takes."""

    code = "attachment_too_large"
    title = "The file is too large for this channel."


class InvalidPosition(Unprocessable):
    """A position of the live feed is `project:number`, several of them parted by commas."""

    code = "invalid_position"
    title = "The position is not one of the live feed's."


class TooManyStreams(Problem):
    """This process has as many open streams as it may have."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "too_many_streams"
    title = "Too many live feeds are open. Try again."
