"""What the gateway says is wrong has a cure in the registry, and a line in docs/operations.md."""

from pathlib import Path

import pytest

from integrations.health.cures import cure_of
from vk_gateway.health import rules
from vk_gateway.vk.failures import FailureClass, VkError

OPERATIONS = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
REFUSALS = [VkError("messages.getConversations", code, "") for code in range(1, 4000)]
OF_ACCOUNTS = {error.reason for error in REFUSALS if error.failure_class is FailureClass.ACCOUNT}
FOUND_BY_US = {
    rules.CALLBACK_FAILED,
    rules.CONNECTOR_LOST_ADMIN,
    rules.DOCUMENTS_ARE_OFF,
    rules.KEY_MISSING,
    rules.KEY_UNREADABLE,
    rules.MESSAGES_DISABLED,
    rules.RIGHTS_MISSING,
    rules.VK_UNAVAILABLE,
    "address_not_confirmed",
    "callback_servers_full",
    "callback_silent",
    "community_banned",
    "community_is_gone",
    "events_not_switched_on",
    "events_switched_off",
    "no_address",
}


@pytest.mark.parametrize("code", sorted(OF_ACCOUNTS | FOUND_BY_US))
def test_whatever_is_told_has_a_cure_and_is_explained(code: str) -> None:
    assert cure_of(code) is not None
    assert f"`{code}`" in OPERATIONS or f"`{code}:" in OPERATIONS
