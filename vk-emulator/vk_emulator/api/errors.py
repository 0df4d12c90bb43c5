"""VK's error codes with the stable part of their texts (reference: errors)."""

TEXTS: dict[int, str] = {
    1: "Unknown error occurred",
    2: "Application is disabled",
    3: "Unknown method passed",
    5: "User authorization failed",
    6: "Too many requests per second",
    7: "Permission to perform this action is denied",
    8: "Invalid request",
    9: "Flood control",
    10: "Internal server error",
    12: "Unable to compile code",
    13: "Runtime error occurred during code invocation",
    14: "Captcha needed",
    15: "Access denied",
    17: "Validation required",
    18: "User was deleted or banned",
    24: "Confirmation required",
    27: "Group authorization failed",
    28: "Application authorization failed",
    29: "Rate limit reached",
    36: "Method execution was interrupted due to timeout",
    40: "Unknown group",
    43: "This section is temporary unavailable",
    100: "One of the parameters specified was missing or invalid",
    104: "Not found",
    105: "Couldn't save file",
    113: "Invalid user id",
    114: "Invalid album id",
    118: "Invalid server",
    121: "Invalid hash",
    125: "Invalid group id",
    203: "Access to group denied",
    260: "Access to the groups list is denied due to the user's privacy settings",
    900: "Can't send messages for users from blacklist",
    901: "Can't send messages for users without permission",
    902: "Can't send messages to this user due to their privacy settings",
    909: "Can't edit this message, because it's too old",
    910: "Can't sent this message, because it's too big",
    911: "Keyboard format is invalid",
    912: "This is a chat bot feature, change this status in settings",
    913: "Too many forwarded messages",
    914: "Message is too long",
    917: "You don't have access to this chat",
    920: "Can't edit this kind of message",
    921: "Can't forward these messages",
    924: "Can't delete this message for everybody",
    927: "Chat does not exist",
    932: "Your community can't interact with this peer",
    936: "Contact not found",
    943: "Cannot use this intent",
    950: "Can't send message, reply timed out",
    984: "Spam restriction",
    995: "Messenger is temporarily degraded",
    1009: "Unknown reaction passed",
    1010: "This reaction has been disabled",
    1011: "Reactions limit for this message has been reached",
    1021: "Can't send a message without a conversation",
    2000: "Servers number limit is reached",
}


# What comes beside the errors that ask a person for something (captcha, validation, confirmation).
ASKING: dict[int, dict[str, object]] = {
    14: {
        "captcha_sid": "918273645546",
        "captcha_img": "https://api.vk.ru/captcha.php?sid=918273645546&s=1",
        "redirect_uri": "https://id.vk.ru/not_robot_captcha?domain=vk.ru&session_token=e30&variant=popup&blank=1",
        "captcha_ts": 1795341500.0,
        "captcha_attempt": 1,
        "captcha_ratio": 2.6,
    },
    17: {"redirect_uri": "https://m.vk.ru/login?act=security_check&api_hash=5f0c1b7d"},
    24: {"confirmation_text": "Подтвердите действие"},
}


class VkError(Exception):
    """An error of VK's API. `detail` comes after the stable text and a colon."""

    def __init__(self, code: int, detail: str = "", *, text: str | None = None) -> None:
        stable = TEXTS.get(code, "Unknown error occurred") if text is None else text
        self.code = code
        self.text = f"{stable}: {detail}" if detail else stable
        super().__init__(f"{code} {self.text}")


def missing_or_invalid(detail: str) -> VkError:
    """Error 100 with its reason."""
    return VkError(100, detail)
