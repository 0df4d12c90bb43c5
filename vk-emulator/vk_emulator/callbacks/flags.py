"""The event flags of groups.setCallbackSettings and groups.setLongPollSettings."""


def _with(prefix: str, *endings: str) -> tuple[str, ...]:
    return tuple(f"{prefix}_{ending}" for ending in endings)


_EDITED = ("new", "edit", "delete", "restore")

FLAGS: tuple[str, ...] = (
    *_with("message", "new", "reply", "allow", "deny", "edit", "typing_state", "read"),
    "message_event", "message_reaction_event",
    "user_block", "user_unblock", "group_join", "group_leave", "group_officers_edit",
    "group_change_settings", "group_change_photo",
    "wall_post_new", "wall_repost", "wall_schedule_post_new", "wall_schedule_post_delete",
    *_with("wall_reply", *_EDITED),
    "photo_new", *_with("photo_comment", *_EDITED),
    "audio_new", "video_new", *_with("video_comment", *_EDITED),
    *_with("board_post", *_EDITED),
    *_with("market_comment", *_EDITED), "market_order_new", "market_order_edit",
    "poll_vote_new", "lead_forms_new", "like_add", "like_remove",
    *_with("donut_subscription", "create", "prolonged", "cancelled", "expired", "price_changed"),
    "donut_money_withdraw", "donut_money_withdraw_error",
)  # fmt: skip


def all_flags(set_flags: dict[str, int]) -> dict[str, int]:
    """Every flag with its value; what was never set is 0."""
    return {flag: set_flags.get(flag, 0) for flag in FLAGS}
