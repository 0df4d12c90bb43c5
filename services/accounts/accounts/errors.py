"""What accounts refuses, each with a code for programs."""

from shared.http.problems import Conflict, NotFound, TooMany, Unauthenticated, Unprocessable


class InvalidCredentials(Unauthenticated):
    """E-mail and password do not belong together; the same answer when there is no such person."""

    code = "invalid_credentials"
    title = "The e-mail or the password is wrong."


class TooManyAttempts(TooMany):
    """Too many sign-ins failed for this account or from this address; wait `retry_after_seconds`."""

    code = "too_many_attempts"
    title = "Too many sign-ins failed. Try again later."


class EnrolmentInvalid(NotFound):
    """The link was never given out, was used already, or its time is over."""

    code = "enrolment_invalid"
    title = "This link does not work any more. Ask for a new one."


class AlreadyEnrolled(Conflict):
    """The person has a password already, so there is nothing to enrol."""

    code = "already_enrolled"
    title = "This person has an account already and can sign in."


class EmailRequired(Unprocessable):
    """The link is not bound to a person, so they must say who they are."""

    code = "email_required"
    title = "Give your e-mail address."


class EmailNotInvited(Unprocessable):
    """The link was made for another e-mail address."""

    code = "email_not_invited"
    title = "This link was made for another e-mail address."


class EmailTaken(Conflict):
    """Somebody with this e-mail address exists."""

    code = "email_taken"
    title = "There is a person with this e-mail address already."


class WeakPassword(Unprocessable):
    """The password is easily guessed; `reason` is too_short, too_long or too_common."""

    code = "weak_password"
    title = "Choose a password of 12 to 128 characters that is not easily guessed."


class PersonNotFound(NotFound):
    """There is no such person in the project."""

    code = "person_not_found"
    title = "There is no such person in this project."


class PersonAlreadyAdded(Conflict):
    """The person has a role in the project; change that role instead."""

    code = "person_already_added"
    title = "This person is in the project already."


class LastOwner(Conflict):
    """A project needs somebody who may do everything."""

    code = "last_owner"
    title = "A project needs an owner who can sign in. Make somebody else an owner first."


class TooManyProjects(Conflict):
    """The person has as many projects as one access token can name."""

    code = "too_many_projects"
    title = "A person can be in 100 projects at most."


class ApiKeyNotFound(NotFound):
    """There is no such API key in the project."""

    code = "api_key_not_found"
    title = "There is no such API key in this project."


class TooManyApiKeys(Conflict):
    """The project has as many API keys as it can have."""

    code = "too_many_api_keys"
    title = "A project can have 50 API keys at most. Revoke one first."


class SessionNotFound(NotFound):
    """The person has no such session, or it has ended."""

    code = "session_not_found"
    title = "There is no such session."


class TooManyPeople(Conflict):
    """The project has as many people as it can have."""

    code = "too_many_people"
    title = "A project can have 500 people at most."
