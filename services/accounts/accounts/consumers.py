"""What accounts reacts to: nothing. It tells the others who may do what, and hears nothing from them."""

from shared.messaging.consumer import Consumer


def make_consumer() -> Consumer:
    """Make the consumer of accounts."""
    return Consumer("accounts")
