"""Whatever a service refuses, the cabinet says in the reader's words."""

import re

from tests.support.dependencies import members
from tests.support.process import ROOT

TEXTS = ROOT / "web" / "cabinet" / "src" / "api" / "texts.ts"
# Only between services, or to VK and to other people's sites.
NOT_FOR_PEOPLE = frozenset[str]()


def test_every_code_of_a_refusal_has_words() -> None:
    sources = [path for member in members() for path in member.rglob("*.py") if "vk-emulator" not in str(path)]
    codes = {code for path in sources for code in re.findall(r'^    code = "(\w+)"', path.read_text("utf-8"), re.M)}
    worded = set(re.findall(r"^    (\w+):", TEXTS.read_text("utf-8"), re.M))

    assert len(codes) > 90
    assert not codes - worded - NOT_FOR_PEOPLE, "word these in web/cabinet/src/api/texts.ts"
