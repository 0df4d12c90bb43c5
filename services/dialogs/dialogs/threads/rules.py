"""Pure decisions about a dialog as a whole."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Permission:
    """Whether one may reply, and if not, the stable code of why."""

    allowed: bool
    reason: str | None


def can_reply(*, integration_deleted: bool) -> Permission:
    """Decide whether a dialog takes replies."""
    if integration_deleted:
        return Permission(allowed=False, reason="integration_deleted")
    return Permission(allowed=True, reason=None)


def display_name(name: str | None, external_id: str) -> str:
    """Return the name to show; as long as the messenger has told us none, the person's id."""
    return name or f"id{external_id}"
