"""What callers get about visits."""

from datetime import datetime

from pydantic import BaseModel


class VisitOut(BaseModel):
    """The page of a site whose widget the customer came from, what led there, and the page's `utm_…`.

    A site's page says all of it about itself, and people can forge it.
    """

    page_url: str
    page_title: str | None
    referrer: str | None
    campaign: dict[str, str]
    at: datetime
