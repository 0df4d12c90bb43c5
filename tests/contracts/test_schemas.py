"""What other people's code relies on changes on purpose only."""

import copy
import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.process import ROOT
from tests.support.schemas import (
    API_FOLDER,
    EVENT_FOLDER,
    Document,
    breaking_changes,
    event_schemas,
    expected_files,
)


def test_the_files_say_what_the_code_does() -> None:
    expected = expected_files()
    there = {path for folder in (EVENT_FOLDER, API_FOLDER) for path in folder.glob("*.json")}

    different = [
        str(path.relative_to(ROOT))
        for path, text in expected.items()
        if path not in there or path.read_text("utf-8") != text
    ]

    assert not different, "run ./run schemas and look at what changed"
    assert there == expected.keys(), "files without an event or a service: run ./run schemas"


@pytest.mark.parametrize("name", sorted(event_schemas()))
def test_within_a_version_only_optional_fields_are_added(name: str) -> None:
    released = _git("describe", "--tags", "--abbrev=0").strip() or "HEAD"
    promised = _git("show", f"{released}:docs/events/{name}.json")

    # Without one it is a new event, or there is no history here: nobody relies on it yet.
    before = json.loads(promised) if promised else event_schemas()[name]
    assert breaking_changes(before, event_schemas()[name]) == []


def _git(*arguments: str) -> str:
    outcome = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return outcome.stdout if outcome.returncode == 0 else ""


EVENT: Document = {
    "properties": {
        "text": {"type": "string"},
        "source": {"$ref": "#/$defs/Source"},
        "reason": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "required": ["text"],
    "$defs": {"Source": {"enum": ["live", "history"], "type": "string"}},
}
BREAKS: dict[str, Callable[[Document], Any]] = {
    "a field is gone": lambda e: e["properties"].pop("reason"),
    "another type": lambda e: e["properties"]["text"].update(type="integer"),
    "a new required field": lambda e: (
        e["properties"].update(new={"type": "string"}),
        e["required"].append("new"),
    ),
    "no longer required": lambda e: e["required"].remove("text"),
    "no longer null": lambda e: e["properties"]["reason"]["anyOf"].pop(),
    "a value is gone": lambda e: e["$defs"]["Source"]["enum"].remove("history"),
}


@pytest.mark.parametrize("change", BREAKS)
def test_a_change_that_breaks_readers_is_found(change: str) -> None:
    after = copy.deepcopy(EVENT)
    BREAKS[change](after)

    assert breaking_changes(EVENT, after) != []


def test_an_optional_field_may_be_added() -> None:
    after = copy.deepcopy(EVENT)
    after["properties"]["extra"] = {"type": "string", "default": ""}

    assert breaking_changes(EVENT, after) == []
