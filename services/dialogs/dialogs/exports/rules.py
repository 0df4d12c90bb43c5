"""Which dialogs may leave Otklik for analytics: those with a session on a site. No database."""

from dataclasses import dataclass
from uuid import UUID

from dialogs.tables import Dialog

NO_SITE_SESSION = "no_site_session"
NO_EXPORTER = "no_exporter"
WORDING = {
    NO_SITE_SESSION: {
        "ru": "Этот диалог не передаётся в Яндекс.Метрику: у него нет визита на сайт.",
        "en": "This dialog is not sent to Yandex.Metrica: it has no site visit.",
    },
    NO_EXPORTER: {
        "ru": "Этот диалог не передаётся в Яндекс.Метрику: передача не подключена.",
        "en": "This dialog is not sent to Yandex.Metrica: sending is not set up.",
    },
}


@dataclass(frozen=True)
class SiteDialog:
    """A dialog that began in a session on a site. Made by `site_dialog` alone."""

    dialog_id: UUID
    project_id: UUID
    site_session: str


def site_dialog(dialog: Dialog) -> SiteDialog | None:
    """Return a dialog as exporters take it; None for one without a session on a site.

    A visit that a mark tells of is no session: the person went on in the messenger.
    """
    if dialog.site_session is None:
        return None
    return SiteDialog(dialog.id, dialog.project_id, dialog.site_session)
