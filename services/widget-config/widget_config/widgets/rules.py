"""Decisions about widgets. No database, no clock."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

CHANNELS_MAX = 20
SITES_MAX = 50
_SITE = re.compile(
    r"https?://(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*(:[0-9]{1,5})?"
)
_USUAL_PORT = {"http": ":80", "https": ":443"}
_NO_TEXT = {"ru": "", "en": ""}
Item = TypeVar("Item")
Json = dict[str, Any]


def merged(setup: Json, changes: Json) -> Json:
    """Return a setup with changes: what is an object on both sides is merged, anything else replaced."""
    result = dict(setup)
    for key, value in changes.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def all_different(items: list[Item]) -> list[Item]:
    """Return the items. Raises ValueError when one comes twice."""
    if len(set(items)) < len(items):
        raise ValueError("each may come once")
    return items


def site_of(text: str) -> str:
    """Return a site as browsers name it in `Origin`. Raises ValueError for what is no site."""
    scheme, _, rest = text.removesuffix("/").partition("://")
    name, colon, port = rest.partition(":")
    try:
        labels = name.lower().split(".")
        host = ".".join(label if label.isascii() else label.encode("idna").decode() for label in labels)
    except UnicodeError:
        host = ""
    site = f"{scheme.lower()}://{host}{colon}{port}"
    site = site.removesuffix(_USUAL_PORT.get(scheme.lower(), ""))
    if not _SITE.fullmatch(site):
        raise ValueError("a site looks like https://shop.example or https://*.shop.example")
    return site


def is_allowed(origin: str, sites: Sequence[str]) -> bool:
    """Whether a page of `origin` may carry a widget of these sites; without sites every page may."""
    if not sites:
        return True
    origin = origin.lower()
    scheme, _, host = origin.partition("://")
    for site in sites:
        its_scheme, _, its_host = site.partition("://")
        if site == origin:
            return True
        if its_host.startswith("*.") and its_scheme == scheme and host.endswith(its_host[1:]):
            return True
    return False


def channel_entry(integration_id: UUID, epoch: int, label: Json = _NO_TEXT, tooltip: Json = _NO_TEXT) -> Json:
    """Return how a channel stands in a setup; `epoch` keeps it from coming back in a later life."""
    return {"integration_id": str(integration_id), "epoch": epoch, "label": label, "tooltip": tooltip}


def named_in(setup: Json | None) -> list[UUID]:
    """Return the integrations that a setup, or a part of one, names."""
    return [UUID(entry["integration_id"]) for entry in (setup or {}).get("channels", [])]


def with_epochs(entries: Sequence[Json], epochs: Mapping[UUID, int]) -> list[Json]:
    """Return entries as a person sent them with the epochs of their integrations."""
    return [{**entry, "epoch": epochs[UUID(entry["integration_id"])]} for entry in entries]


def still_there(entries: Sequence[Json], epochs: Mapping[UUID, int]) -> list[Json]:
    """Return the entries whose integrations are in the life that they were added in."""
    return [entry for entry in entries if epochs.get(UUID(entry["integration_id"])) == entry["epoch"]]


def without(entries: Sequence[Json], integration_id: UUID) -> list[Json]:
    """Return the entries of the other integrations."""
    return [entry for entry in entries if UUID(entry["integration_id"]) != integration_id]
