"""The words of the registry: states of an integration, and what a line of its timeline tells of."""

from enum import StrEnum


class State(StrEnum):
    """How an integration is doing; see the design for what each means to people."""

    CONNECTING = "connecting"
    ACTIVE = "active"
    ATTENTION = "attention"
    UNAVAILABLE = "unavailable"
    DEACTIVATED = "deactivated"
    DELETED = "deleted"


class Kind(StrEnum):
    """What a line of the timeline tells of."""

    CONNECTED = "connected"
    RECONNECTED = "reconnected"
    LINKED = "linked"
    PROBLEM_FOUND = "problem_found"
    PROBLEM_GONE = "problem_gone"
    WARNING_FOUND = "warning_found"
    WARNING_GONE = "warning_gone"
    ACTION_TAKEN = "action_taken"
    STATE_CHANGED = "state_changed"
    CHECK_REQUESTED = "check_requested"
    CHECKED = "checked"
    IMPORT_REQUESTED = "import_requested"
    IMPORT_STARTED = "import_started"
    IMPORT_DONE = "import_done"
    IMPORT_CANCELLED = "import_cancelled"
    DELETED = "deleted"
