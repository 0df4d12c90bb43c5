"""Integrations as the API shows them."""

from typing import Any

from integrations.health.actions import cure_now
from integrations.health.cures import cure_of
from integrations.imports.actions import import_of
from integrations.registry.schemas import (
    GapOut,
    IntegrationDetails,
    IntegrationOut,
    PersonOut,
    WarningOut,
)
from integrations.tables import Integration

_SHOWN_OTHERWISE = {"cure", "warnings", "connected_by", "checking_since", "history_import"}
_SHOWN_AS_THEY_ARE = [name for name in IntegrationOut.model_fields if name not in _SHOWN_OTHERWISE]


def integration_out(row: Integration) -> IntegrationOut:
    """Show an integration."""
    return IntegrationOut(**_facts(row))


def integration_details(row: Integration) -> IntegrationDetails:
    """Show an integration with its gaps."""
    gaps = None if row.gaps is None else [GapOut.model_validate(gap) for gap in row.gaps]
    return IntegrationDetails(**_facts(row), gaps=gaps)


def _facts(row: Integration) -> dict[str, Any]:
    facts = {name: getattr(row, name) for name in _SHOWN_AS_THEY_ARE}
    by = row.connected_by
    return facts | {
        "cure": cure_now(row),
        "warnings": [WarningOut(code=code, cure=cure_of(code)) for code in row.warnings],
        "connected_by": PersonOut(id=by, name=row.connected_by_name) if by else None,
        "checking_since": row.check_requested_at,
        "history_import": import_of(row),
    }
