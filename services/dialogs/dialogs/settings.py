"""Settings of dialogs, `DIALOGS_…`."""

from dataclasses import dataclass

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.files.store import local_files
from shared.runtime.settings import ServiceSettings

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class UploadLimits:
    """How large an upload may be, and how long it may take."""

    bytes_max: int
    photo_bytes_max: int
    seconds_max: float


class DialogsSettings(ServiceSettings):
    """What a reply may be, and how long the live feed remembers."""

    model_config = SettingsConfigDict(**{**ServiceSettings.model_config, "env_prefix": "DIALOGS_"})

    integrations_url: str = Field("http://integrations:8000", description="Where the registry answers")
    reconcile_seconds: float = Field(
        300.0, description="How often the registry is compared with what we know"
    )
    reply_units_max: int = Field(4096, description="UTF-16 units of one reply, VK's limit")
    attachments_max: int = Field(10, description="Attachments of one reply, VK's limit")
    photo_megabytes_max: int = Field(50, description="A photo of a reply, VK's limit")
    document_megabytes_max: int = Field(200, description="Any other file of a reply, VK's limit")
    waiting_replies_max: int = Field(200, description="Replies of one dialog that wait for the messenger")
    waiting_changes_max: int = Field(20, description="Edits and deletions of one message that wait")
    typing_seconds: float = Field(4.0, description="How often the messenger is told that somebody types")
    presence_seconds: float = Field(25.0, description="How long an operator counts as present without a word")
    changes_kept_hours: float = Field(24.0, description="How far back the live feed can resume")
    feed_poll_seconds: float = Field(2.0, description="How often the feed looks without being nudged")
    heartbeat_seconds: float = Field(10.0, description="How often a silent stream shows that it lives")
    feed_clients_max: int = Field(2000, description="Open streams of one process; more get 503")
    files_url: str = Field(default_factory=local_files, description="file:///… or s3://…, as the gateway has")
    upload_seconds_max: float = Field(600.0, description="How long one upload may take")
    uploads_kept_hours: float = Field(24.0, description="How long a file waits for the reply that has it")
    searches_per_second: float = Field(5, gt=0, description="Of one person or API key, in one process")
    searches_burst: float = Field(30, ge=1, description="As many searches may come at once")
    reports_per_second: float = Field(1, gt=0, description="Of one person or API key, in one process")
    reports_burst: float = Field(20, ge=1, description="As many reports may be asked for at once")
    search_walk_rows: int = Field(5_000, ge=2, description="Texts that a page of a search may read in turn")
    search_found_max: int = Field(30_000, ge=2, description="Finds that a page of a search may sort")

    @property
    def upload_limits(self) -> UploadLimits:
        """The limits of one upload."""
        return UploadLimits(
            bytes_max=self.document_megabytes_max * MEGABYTE,
            photo_bytes_max=self.photo_megabytes_max * MEGABYTE,
            seconds_max=self.upload_seconds_max,
        )
