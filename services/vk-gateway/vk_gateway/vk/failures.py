"""What an error of VK means, found from its code, its text and the method that raised it: here only."""

from enum import StrEnum


class FailureClass(StrEnum):
    """Who is concerned, and so what to do."""

    TRANSIENT = "transient"
    ACCOUNT = "account"
    PEER = "peer"
    CONTENT = "content"


class VkError(Exception):
    """VK answered with an error."""

    def __init__(self, method: str, code: int, text: str) -> None:
        super().__init__(f"{method}: {code} {text}")
        self.method = method
        self.code = code
        self.text = text

    @property
    def failure_class(self) -> FailureClass:
        """Whom the error concerns."""
        return classify(self.method, self.code, self.text)

    @property
    def was_carried_out(self) -> bool | None:
        """Whether VK did what was asked: False when it refused, None when it failed on the way."""
        return None if self.code in _UNKNOWN_OUTCOME else False

    @property
    def reason(self) -> str:
        """A stable code for people's eyes, e.g. `writing_not_allowed`."""
        if DOCUMENTS_OFF in self.text.lower():
            return "documents_are_off"
        return _REASONS.get(self.code, _CLASS_REASONS[self.failure_class])


class VkUnclear(Exception):
    """No usable answer: the network failed, or what came was not VK's JSON. `sent`: it may be carried out."""

    def __init__(self, method: str, cause: str, *, sent: bool) -> None:
        super().__init__(f"{method}: {cause}")
        self.sent = sent


# `can_write` says so of every dialog when the community's messages are off.
MESSAGES_OFF = frozenset({915, 916})
DOCUMENTS_OFF = "docs are disabled"
_UNKNOWN_OUTCOME = frozenset({1, 10, 36})
_TRANSIENT = frozenset({1, 6, 10, 29, 36, 43, 995})
_ACCOUNT = frozenset({2, 5, 7, 14, 15, 16, 17, 20, 21, 23, 27, 28, 40, 42, 125, 203, 703, 912, 1117, 3609})
_PEER = frozenset({9, 18, 900, 901, 902, 917, 932, 936, 950, 984, 993, 1021})
_REASONS = {
    5: "key_revoked",
    9: "writing_too_often",
    14: "captcha_needed",
    15: "rights_missing",
    18: "person_is_gone",
    27: "key_revoked",
    28: "key_revoked",
    40: "community_is_gone",
    125: "community_is_gone",
    203: "rights_missing",
    900: "blocked_by_community",
    901: "writing_not_allowed",
    902: "privacy_settings",
    909: "edit_window_over",
    910: "message_too_long",
    914: "message_too_long",
    920: "not_editable",
    921: "quoted_message_is_gone",
    924: "delete_window_over",
    936: "person_is_gone",
    950: "reply_window_over",
    984: "spam_restriction",
    1021: "no_conversation",
    1117: "key_revoked",
}
_CLASS_REASONS = {
    FailureClass.TRANSIENT: "vk_unavailable",
    FailureClass.ACCOUNT: "account_problem",
    FailureClass.PEER: "person_unreachable",
    FailureClass.CONTENT: "refused_by_vk",
}


def classify(method: str, code: int, text: str) -> FailureClass:
    """Return whom an error concerns. Unknown codes concern the one message that met them."""
    lowered = text.lower()
    if code in {7, 15} and (DOCUMENTS_OFF in lowered or method.startswith(("docs.", "photos."))):
        return FailureClass.CONTENT
    if code == 27 and "unavailable with group auth" in lowered:
        return FailureClass.CONTENT
    if code in _TRANSIENT:
        return FailureClass.TRANSIENT
    if code in _PEER:
        return FailureClass.PEER
    if code in _ACCOUNT:
        return FailureClass.ACCOUNT
    return FailureClass.CONTENT
