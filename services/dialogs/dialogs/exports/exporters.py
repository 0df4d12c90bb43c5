"""The port for analytics. Otklik ships no adapter; one is given to `dialogs.service.build`."""

from collections.abc import Sequence
from typing import Protocol

from dialogs.exports.rules import NO_EXPORTER, NO_SITE_SESSION, WORDING, SiteDialog
from dialogs.exports.schemas import ExportOut, Wording
from dialogs.tables import Dialog

METRICA = "metrica"


class Exporter(Protocol):
    """Sends dialogs to one analytics service. Takes nothing but a `SiteDialog`."""

    @property
    def name(self) -> str:
        """What it is registered by, e.g. `metrica`."""
        ...

    async def export(self, dialog: SiteDialog) -> None:
        """Send a dialog. Raises TryLater when the other side does not take it now."""
        ...


def site_dialog(dialog: Dialog) -> SiteDialog | None:
    """Return a dialog as exporters take it; None for one without a session on a site.

    A visit that a mark tells of is no session: the person went on in the messenger.
    """
    if dialog.site_session is None:
        return None
    return SiteDialog(dialog.id, dialog.project_id, dialog.site_session)


class Exporters:
    """The registered exporters, and the only way to them."""

    def __init__(self, exporters: Sequence[Exporter] = ()) -> None:
        self._exporters = {exporter.name: exporter for exporter in exporters}

    async def offer(self, dialog: Dialog) -> list[str]:
        """Send a dialog to everybody who may have it. Returns their names: none without a site session."""
        entering = site_dialog(dialog)
        if entering is None:
            return []
        for exporter in self._exporters.values():
            await exporter.export(entering)
        return list(self._exporters)

    def standing(self, dialog: Dialog, name: str = METRICA) -> ExportOut:
        """Return whether a dialog is sent to one of them, and if not, why."""
        reason = None
        if site_dialog(dialog) is None:
            reason = NO_SITE_SESSION
        elif name not in self._exporters:
            reason = NO_EXPORTER
        text = Wording(**WORDING[reason]) if reason else None
        return ExportOut(sent=reason is None, reason=reason, text=text)
