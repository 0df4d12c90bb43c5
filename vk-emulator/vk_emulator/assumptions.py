"""What VK leaves undocumented: a working assumption each, or a draw of the seed."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Assumptions:
    """How this VK behaves where nobody knows. The clock scales the pause, but not the timeout.

    `error_when_the_giver_left` is what a key gets whose giver is no administrator any more; 0 is nothing.
    """

    request_timeout_seconds: float = 10.0
    pause_after_failures: int = 5
    pause_seconds: float = 300.0
    secret_in_confirmation: bool = True
    message_new_bare: bool = False
    escape_entities: bool = False
    allow_before_message: bool = True
    same_event_id_everywhere: bool = False
    error_when_messages_are_off: int = 15
    error_for_foreign_reply: int = 100
    error_when_community_is_deleted: int = 203
    delete_error_in_item: bool = True
    event_for_own_reactions: bool = False
    photo_of_another_peer_vanishes: bool = False
    long_poll_ts_as_number: bool = False
    named_token_shape: bool = False
    identity_errors_are_200: bool = True
    code_survives_a_wrong_try: bool = True
    error_when_the_giver_left: int = 0

    @classmethod
    def drawn(cls, seed: str | None) -> "Assumptions":
        """The working assumptions, or with a seed one of the VKs that the documents allow."""
        if seed is None:
            return cls()
        random = Random(f"assumptions:{seed}")
        return cls(
            request_timeout_seconds=random.uniform(8, 10),
            pause_after_failures=random.randint(3, 12),
            pause_seconds=random.choice([60.0, 300.0, 600.0, 1800.0]),
            secret_in_confirmation=random.random() < 0.5,
            message_new_bare=random.random() < 0.3,
            escape_entities=random.random() < 0.3,
            allow_before_message=random.random() < 0.5,
            same_event_id_everywhere=random.random() < 0.5,
            error_when_messages_are_off=random.choice([15, 901]),
            error_for_foreign_reply=random.choice([10, 100]),
            error_when_community_is_deleted=random.choice([5, 15, 203]),
            delete_error_in_item=random.random() < 0.5,
            event_for_own_reactions=random.random() < 0.5,
            photo_of_another_peer_vanishes=random.random() < 0.5,
            long_poll_ts_as_number=random.random() < 0.5,
            named_token_shape=random.random() < 0.5,
            identity_errors_are_200=random.random() < 0.5,
            code_survives_a_wrong_try=random.random() < 0.5,
            error_when_the_giver_left=random.choice([0, 0, 15, 203]),
        )
