"""Whatever a service refuses, the cabinet says in the reader's words."""

import re

from tests.support.dependencies import members
from tests.support.process import ROOT

TEXTS = ROOT / "web" / "cabinet" / "src" / "api" / "texts.ts"


def test_every_code_of_a_refusal_has_words() -> None:
    sources = [path for member in members() if member.name != "vk-emulator" for path in member.rglob("*.py")]
    texts = [path.read_text("utf-8") for path in sources]
    codes = {code for text in texts for code in re.findall(r'^    code = "(\w+)"', text, re.MULTILINE)}
    worded = set(re.findall(r"^    (\w+):", TEXTS.read_text("utf-8"), re.MULTILINE))

    assert len(codes) > 90
    assert not codes - worded, "word these in web/cabinet/src/api/texts.ts"
