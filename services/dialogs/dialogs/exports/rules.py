"""Which dialogs may leave Otklik for analytics: those with a session on a site. No database."""

from dataclasses import dataclass
from uuid import UUID

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
    """A dialog that began in a session on a site: what exporters take, and nothing else."""

    dialog_id: UUID
    project_id: UUID
    site_session: str
