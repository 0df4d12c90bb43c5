"""What callers get about exports."""

from pydantic import BaseModel


class Wording(BaseModel):
    """A sentence for people."""

    ru: str
    en: str


class ExportOut(BaseModel):
    """Whether a dialog goes to an analytics service. `reason`: `no_site_session`, `no_exporter`."""

    sent: bool
    reason: str | None
    text: Wording | None
