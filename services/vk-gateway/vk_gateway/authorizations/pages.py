"""The pages that people see when VK sends them back: ours alone, with nothing from anywhere else."""

import hashlib
from base64 import b64encode
from html import escape
from importlib import resources
from string import Template

from vk_gateway.authorizations.rules import Outcome
from vk_gateway.authorizations.texts import NAMES, TELLINGS, Language

_FOLDER = resources.files("vk_gateway.authorizations") / "return_page"
_STYLE = (_FOLDER / "page.css").read_text("utf-8")
_PAGE = Template((_FOLDER / "page.html").read_text("utf-8"))
_STYLE_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
}


def language_of(accepted: str) -> Language:
    """Return the language of an `Accept-Language` header that we speak; Russian when it names neither."""
    weighed = []
    for place, part in enumerate(accepted[:500].lower().split(",")):
        tag, _, parameters = part.strip().partition(";")
        quality = parameters.strip().removeprefix("q=") or "1"
        if tag[:2] in {"ru", "en"}:
            weight = float(quality) if quality.replace(".", "", 1).isdecimal() else 0.0
            weighed.append((-weight, place, tag[:2]))
    return "en" if weighed and min(weighed)[2] == "en" else "ru"


def render(outcome: Outcome, language: Language) -> str:
    """Render what came of it."""
    telling = TELLINGS[outcome]
    words = telling.words(language)
    return _PAGE.substitute(
        language=language,
        name=escape(NAMES[language]),
        tone=telling.tone,
        style=_STYLE,
        title=escape(words.title),
        text=escape(words.text),
        next=escape(words.next),
    )
