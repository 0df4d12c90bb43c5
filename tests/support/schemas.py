"""`./run schemas`: the promises to other people's code, as files: event schemas and each service's API.

`docs/events/<type>.json` are JSON Schemas of the payloads, with the envelope beside them;
`docs/api/<service>.json` are the OpenAPI documents. Tests compare the files with the code, so that no promise
changes by accident.
"""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.database.vault import new_vault_key
from shared.events.catalogue import EVENTS
from shared.events.envelope import Envelope
from shared.events.subscriptions import readers_of
from shared.messaging.bus import InProcessBus
from shared.runtime.service import Service
from shared.runtime.settings import ServiceSettings
from shared.runtime.world import World
from tests.support.process import ROOT

EVENT_FOLDER = ROOT / "docs" / "events"
API_FOLDER = ROOT / "docs" / "api"
SERVICES = ("accounts", "vk-gateway", "integrations", "dialogs", "widget-config")

Document = dict[str, Any]


def event_schemas() -> dict[str, Document]:
    """Each event's payload by its type, and `envelope`."""
    schemas = {"envelope": Envelope.model_json_schema()}
    for name, event in EVENTS.items():
        schemas[name] = {**event.model_json_schema(), "$id": name, "x-readers": readers_of(name)}
    return schemas


def api_documents() -> dict[str, Document]:
    """Each service's OpenAPI document by its name."""
    return {name: _assembled(name).api.openapi() for name in SERVICES}


def _assembled(name: str) -> Service:
    package = name.replace("-", "_")
    settings_module = importlib.import_module(f"{package}.settings")
    kinds = [
        kind
        for kind in vars(settings_module).values()
        if isinstance(kind, type) and issubclass(kind, ServiceSettings) and kind is not ServiceSettings
    ]
    values: dict[str, Any] = {"database_url": "sqlite+aiosqlite:///unused.db", "service_key": "unused" * 8}
    if "encryption_keys" in kinds[0].model_fields:
        values["encryption_keys"] = new_vault_key()
    settings = kinds[0](**values)
    service: Service = importlib.import_module(f"{package}.service").build(settings, World(), InProcessBus())
    return service


def as_text(document: Document) -> str:
    """The one way to write a document: sorted, indented, in letters that people read."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def expected_files() -> dict[Path, str]:
    """What the files should say now."""
    events = {EVENT_FOLDER / f"{name}.json": as_text(schema) for name, schema in event_schemas().items()}
    return events | {API_FOLDER / f"{name}.json": as_text(api) for name, api in api_documents().items()}


def breaking_changes(before: Document, after: Document) -> list[str]:
    """What of an event's schema may not change within its version; only optional fields may be added."""
    return list(
        _compare(_whole(before, before.get("$defs", {})), _whole(after, after.get("$defs", {})), "payload")
    )


def _compare(before: Document, after: Document, place: str) -> Iterator[str]:
    fields, new_fields = before.get("properties", {}), after.get("properties", {})
    required, now_required = set(before.get("required", ())), set(after.get("required", ()))
    yield from (f"{place}.{name} is gone" for name in fields.keys() - new_fields.keys())
    yield from (f"{place}.{name} has become required" for name in now_required - required)
    yield from (f"{place}.{name} is no longer required" for name in required - now_required)
    for key in ("type", "format", "const"):
        if before.get(key) != after.get(key):
            yield f"{place}: {key} {before.get(key)} has become {after.get(key)}"
    if gone := set(before.get("enum", ())) - set(after.get("enum", ())):
        yield f"{place}: no longer one of {sorted(gone)}"
    for name in fields.keys() & new_fields.keys():
        yield from _compare(fields[name], new_fields[name], f"{place}.{name}")
    if "items" in before:
        yield from _compare(before["items"], after.get("items", {}), f"{place}[]")
    variants, new_variants = before.get("anyOf", []), after.get("anyOf", [])
    if len(variants) != len(new_variants):
        yield f"{place}: {len(variants)} variants have become {len(new_variants)}"
    for one, other in zip(variants, new_variants, strict=False):
        yield from _compare(one, other, place)


def _whole(schema: Any, parts: Document, inside: frozenset[str] = frozenset()) -> Any:
    """The schema with what it refers to in place; a part inside itself stays a reference."""
    if isinstance(schema, list):
        return [_whole(item, parts, inside) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return {"$ref": name} if name in inside else _whole(parts[name], parts, inside | {name})
    return {name: _whole(value, parts, inside) for name, value in schema.items() if name != "$defs"}


def main() -> int:
    """Write the files, and remove those whose event or service is no more."""
    expected = expected_files()
    for folder in (EVENT_FOLDER, API_FOLDER):
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.glob("*.json"):
            if path not in expected:
                path.unlink()
    for path, text in expected.items():
        path.write_text(text, "utf-8")
    # The cabinet's client is made of the documents.
    subprocess.run([sys.executable, "web/build.py", "run", "generate"], cwd=ROOT, check=True)
    print(f"{len(expected)} files in {EVENT_FOLDER.relative_to(ROOT)} and {API_FOLDER.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
