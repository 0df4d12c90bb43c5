"""What cures what: by the stable codes that gateways say."""

# What keeps an integration from working, and what is off while it works. After a colon stands what exactly.
_CURES = {
    "account_problem": "reconnect_as_administrator",
    "address_not_confirmed": "check_public_address",
    "callback_failed": "check_public_address",
    "callback_servers_full": "free_a_callback_server",
    "callback_silent": "check_public_address",
    "captcha_needed": "open_vk_as_administrator",
    "community_banned": "ask_vk_support",
    "community_is_gone": "restore_the_community",
    "connector_lost_admin": "reconnect_as_administrator",
    "documents_are_off": "turn_documents_on",
    "events_not_switched_on": "wait",
    "events_switched_off": "wait",
    "key_missing": "reconnect",
    "key_revoked": "reconnect",
    "key_unreadable": "reconnect",
    "messages_disabled": "turn_messages_on",
    "no_address": "set_a_public_address",
    "rights_missing": "reconnect_as_administrator",
    "vk_unavailable": "wait",
}
CHECK_AGAIN = "check_again"


def cure_of(code: str) -> str | None:
    """Return what cures a problem or a warning; None when nothing that we know of does."""
    return _CURES.get(code.partition(":")[0])
