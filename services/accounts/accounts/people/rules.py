"""Who may give which role to whom. Pure."""

from shared.http.access import Role


def may_grant(own: Role, role: Role) -> bool:
    """Whether a person with role `own` may give somebody `role`: admins up to admin, owners anything."""
    return own.rank >= Role.ADMIN.rank and role.rank <= own.rank


def may_change(own: Role, current: Role) -> bool:
    """Whether a person with role `own` may change or remove somebody whose role is `current`."""
    return own.rank >= Role.ADMIN.rank and current.rank <= own.rank
