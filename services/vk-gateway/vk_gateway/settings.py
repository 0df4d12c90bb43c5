"""Settings of the gateway, `VK_GATEWAY_…`."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from shared.files.store import local_files
from shared.runtime.settings import ServiceSettings

AUTHORIZATIONS_PATH = "/api/v1/vk/authorizations"


class GatewaySettings(ServiceSettings):
    """Where VK is, how we keep its keys, and how patient we are with it."""

    model_config = SettingsConfigDict(**{**ServiceSettings.model_config, "env_prefix": "VK_GATEWAY_"})

    encryption_keys: SecretStr = Field(description="Fernet keys, newest first, parted by commas")
    vk_api_url: str = "https://api.vk.ru/method"
    vk_timeout_seconds: float = 10.0
    vk_requests_per_second: float = Field(18.0, description="Below VK's 20 per community key")
    vk_app_id: str = Field("", description="Our application at VK; without it, keys only")
    vk_app_secret: SecretStr = SecretStr("")
    vk_service_key: SecretStr = Field(SecretStr(""), description="The application finds communities with it")
    vk_id_url: str = "https://id.vk.ru"
    vk_id_page_url: str = Field("", description="Where browsers find VK ID, if not where we do")
    vk_id_scope: str = Field("vkid.personal_info groups", description="`groups` where VK granted it")
    vk_oauth_url: str = "https://oauth.vk.ru"
    vk_oauth_page_url: str = Field("", description="Where browsers find it, if not where we do")
    return_url: str = Field("", description="Where people go after VK's pages; without it, a page of ours")
    integrations_url: str = "http://integrations:8000"
    reconcile_seconds: float = 300.0
    settle_seconds: float = Field(3.0, description="How long an unknown outcome rests before history is read")
    whole_seconds: float = Field(60.0, description="How long VK is asked for the whole of a cropped message")
    permission_recheck_seconds: float = Field(900.0, description="How soon VK is asked again after a no")
    callback_url: str = Field("", description="Where VK reaches us, when it is not the public address")
    callback_body_bytes_max: int = 32 * 1024 * 1024
    callback_flight_bytes_max: int = 64 * 1024 * 1024
    callback_body_seconds_max: float = 10.0
    callback_waiting_max: int = Field(4_000, description="Updates of one community that wait to be stored")

    files_url: str = Field(default_factory=local_files, description="file:///… or s3://…, as dialogs has it")
    media_origins: str = Field("", description="Origins we fetch files from besides https, parted by commas")
    media_bytes_max: int = 200 * 1024 * 1024
    media_seconds_max: float = Field(300.0, description="How long one file may take")
    media_at_once: int = Field(8, ge=1, description="Files that are copied at the same time")
    poll_seconds: float = Field(25.0, gt=0, le=90, description="How long VK holds a Long Poll open")
    callback_address_days: float = Field(90.0, gt=0, description="How long VK has one path and secret")
    watch_seconds: float = Field(30.0, gt=0, description="How often our callback server at VK is looked at")
    probe_seconds: float = Field(45.0, gt=0, description="How often VK is asked how a community is")
    silence_seconds: float = Field(20.0, description="A message this old that no callback told is a sign")
    sweep_seconds: float = Field(60.0, gt=0, description="How often VK's dialogs are compared with ours")
    gap_seconds: float = Field(30.0, description="How long VK does not give a message until it is a gap")
    backfill_per_second: float = Field(200.0, gt=0, description="Messages of a community restored, at most")

    @field_validator("return_url")
    @classmethod
    def _leads_somewhere(cls, url: str) -> str:
        if (url and not url.startswith(("https://", "http://", "/"))) or url.startswith("//"):
            raise ValueError("VK_GATEWAY_RETURN_URL begins with https://, http:// or a single /")
        return url

    @property
    def has_app(self) -> bool:
        """Whether people can be sent to VK's consent pages."""
        return bool(self.vk_app_id and self.vk_app_secret.get_secret_value())

    def return_address(self, page: str) -> str:
        """Where VK's `page` sends people back to: ours by the settings, whatever a request says."""
        return f"{self.public_url.rstrip('/')}{AUTHORIZATIONS_PATH}/{page}"

    @property
    def callback_base(self) -> str:
        """What our callback addresses begin with; empty when VK cannot reach us."""
        if not self.callback_url and not is_public(self.public_url):
            return ""
        return f"{(self.callback_url or self.public_url).rstrip('/')}/vk/callback/"


def is_public(url: str) -> bool:
    """Whether an address may be reached from outside: no loopback, no private network, no local name."""
    host = (urlsplit(url).hostname or "").lower()
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".localhost", ".internal", ".lan"))
