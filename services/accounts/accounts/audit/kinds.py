"""What the audit log tells of."""

from enum import StrEnum


class AuditKind(StrEnum):
    """What somebody did."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    ENROLLED = "enrolled"
    FIRST_ADMINISTRATOR_INVITED = "first_administrator_invited"
    PROJECT_CREATED = "project_created"
    PROJECT_RENAMED = "project_renamed"
    PROJECT_DELETED = "project_deleted"
    PERSON_ADDED = "person_added"
    PERSON_INVITED_AGAIN = "person_invited_again"
    ROLE_CHANGED = "role_changed"
    PERSON_REMOVED = "person_removed"
    API_KEY_MADE = "api_key_made"
    API_KEY_REVOKED = "api_key_revoked"
    SESSION_ENDED = "session_ended"
