"""What VK's errors do to a reply, cell by cell, and what an attempt's answer means."""

from datetime import timedelta

import pytest

from vk_gateway.outgoing.rules import Verdict, judge_failure, read_answer
from vk_gateway.vk.failures import FailureClass, VkError, VkUnclear, classify

TRANSIENT = [1, 6, 10, 29, 36, 43, 995]
ACCOUNT = [2, 5, 7, 14, 15, 16, 17, 20, 21, 23, 27, 28, 40, 42, 125, 203, 703, 912, 1117, 3609]
PEER = [9, 18, 900, 901, 902, 917, 932, 936, 950, 984, 993, 1021]
CONTENT = [8, 100, 911, 913, 914, 921, 940, 943, 944, 3, 12, 13, 77777]


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (TRANSIENT, FailureClass.TRANSIENT),
        (ACCOUNT, FailureClass.ACCOUNT),
        (PEER, FailureClass.PEER),
        (CONTENT, FailureClass.CONTENT),
    ],
)
def test_every_code_has_its_class(codes: list[int], expected: FailureClass) -> None:
    assert {code: classify("messages.send", code, "") for code in codes} == dict.fromkeys(codes, expected)


def test_a_code_with_two_meanings_is_told_apart_by_its_text() -> None:
    docs = classify("docs.getMessagesUploadServer", 15, "Access denied: group docs are disabled")
    wrong_kind = classify(
        "groups.get", 27, "Group authorization failed: method is unavailable with group auth."
    )
    assert docs is wrong_kind is FailureClass.CONTENT


@pytest.mark.parametrize("code", [1, 10, 36])
def test_when_vk_fails_on_the_way_nobody_knows(code: int) -> None:
    failure = VkError("messages.send", code, "")
    assert judge_failure(failure, attempts=1).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("code", [*PEER[1:], *CONTENT])
def test_a_refusal_is_final_for_this_reply_and_blames_no_account(code: int) -> None:
    outcome = judge_failure(VkError("messages.send", code, ""), attempts=1)
    assert outcome.verdict is Verdict.REFUSED
    assert outcome.reason
    assert outcome.account_problem is None


@pytest.mark.parametrize("code", ACCOUNT)
def test_an_account_problem_keeps_the_reply_and_is_reported(code: int) -> None:
    outcome = judge_failure(VkError("messages.send", code, ""), attempts=1)
    assert outcome.verdict is Verdict.NOT_SENT
    assert outcome.account_problem


@pytest.mark.parametrize("code", [6, 9, 29, 43])
def test_what_vk_did_not_take_waits_longer_each_time(code: int) -> None:
    delays = [judge_failure(VkError("messages.send", code, ""), attempts=n).delay for n in (1, 4, 9, 30)]
    assert delays == sorted(delays)
    assert delays[-1] <= timedelta(minutes=15)


def test_a_request_that_never_left_is_no_mystery() -> None:
    assert judge_failure(VkUnclear("messages.send", "x", sent=False), attempts=1).verdict is Verdict.NOT_SENT
    assert judge_failure(VkUnclear("messages.send", "x", sent=True), attempts=1).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("response", "verdict"),
    [
        ([{"peer_id": 1, "message_id": 5, "conversation_message_id": 3}], Verdict.SENT),
        ([{"peer_id": 1, "message_id": 0, "conversation_message_id": 0}], Verdict.UNKNOWN),
        ([{"peer_id": 1, "message_id": 5}], Verdict.UNKNOWN),
        ([{"peer_id": 1, "message_id": 0, "error": {"code": 901, "description": "no"}}], Verdict.REFUSED),
        ([], Verdict.UNKNOWN),
        (5520, Verdict.UNKNOWN),
        (None, Verdict.UNKNOWN),
        ({"items": []}, Verdict.UNKNOWN),
    ],
)
def test_an_answer_is_a_success_only_with_both_numbers(response: object, verdict: Verdict) -> None:
    assert read_answer(response, attempts=1).verdict is verdict
