"""The rules that `./run check` applies see what they shall, and the import of a service opens nothing."""

import subprocess
import sys

import pytest

from tests.support.house_rules import EXPLAINED, INDEX_HOSTS, LATER, MACHINE_PATH, SUPPRESSION
from tests.support.process import ROOT

PACKAGES = ["accounts", "dialogs", "integrations", "vk_gateway", "widget_config"]

# Imports every module of the package named by the argument while nothing may be opened.
IMPORT_ALL = """
import importlib, os, pkgutil, sys

FORBIDDEN = {"socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "sqlite3.connect",
             "subprocess.Popen", "os.system", "os.mkdir", "os.remove", "os.rename"}

def refuse(event, arguments):
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if event in FORBIDDEN or writes:
        raise RuntimeError(f"importing opened something: {event} {arguments}")

package = importlib.import_module(sys.argv[1])
sys.addaudithook(refuse)
importlib.import_module(sys.argv[1] + ".service")
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not module.name.endswith(".__main__") and ".migrations" not in module.name:
        importlib.import_module(module.name)
print(",".join(sorted({name.split(".")[0] for name in sys.modules})))
"""


@pytest.mark.parametrize("package", PACKAGES)
def test_importing_a_service_opens_nothing(package: str) -> None:
    command = [sys.executable, "-B", "-c", IMPORT_ALL, package]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr
    imported = set(outcome.stdout.strip().split(","))
    assert not imported & ({*PACKAGES, "vk_emulator", "embedded"} - {package})


@pytest.mark.parametrize(
    ("comment", "fine"),
    [
        ("noqa: BLE001 - a loop outlives its step", True),
        ("noqa: BLE001, S101  # carried to the calling thread", True),
        ("type: ignore[arg-type]  # the stub is older than the library", True),
        ("noqa: BLE001", False),
        ("noqa", False),
        ("type: ignore[arg-type]", False),
        ("type: ignore  # the stub is older than the library", False),
    ],
)
def test_a_suppression_names_its_rule_and_its_reason(comment: str, *, fine: bool) -> None:
    match = SUPPRESSION.search(f"value = 1  # {comment}")
    assert match is not None
    assert bool(EXPLAINED.match(match[2])) is fine


def test_the_forbidden_texts_are_recognized() -> None:
    folders = [("ro", "ot"), ("ho", "me"), ("wo", "rk")]
    for pieces in folders:
        assert MACHINE_PATH.search(f"cd /{joined(*pieces)}/project")
    assert not MACHINE_PATH.search("shared/home/page and https://example.org/home/page")
    assert INDEX_HOSTS.search(f"https://files.{joined('python', 'hosted')}.org")
    assert LATER.search(f"# {joined('TO', 'DO')}: later")


def joined(*pieces: str) -> str:
    return "".join(pieces)
