"""Many sends in one call of `execute`: the script (VKScript), and what its answer says of each. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from vk_gateway.outgoing.rules import NOT_TRIED, Outcome, Verdict, judge_failure, read_answer
from vk_gateway.vk.failures import VkError, VkUnclear

SEND = "messages.send"
SENDS_MAX = 25
TEXT_CHARACTERS_MAX = 20_000
RUNTIME_ERROR = 13
Send = Mapping[str, str | int]


def write_script(dialogs: Sequence[Sequence[Send]]) -> tuple[str, dict[str, str | int]]:
    """Return a script that sends the replies of each dialog, and its arguments.

    The second reply of a dialog is sent only if the first was, and so on. Texts are arguments and no part
    of the code. The script returns one value for each reply: messages.send's answer, false when VK refused
    the call, null when it was not made.
    """
    lines = ["var r=[];var m;var g;"]
    arguments: dict[str, str | int] = {}
    place = 0
    for sends in dialogs:
        for nth, parameters in enumerate(sends):
            fields = ",".join(f'"{name}":Args.{name}_{place}' for name in parameters)
            call = f"m=API.{SEND}({{{fields}}});"
            if nth:
                was_sent = "g=0;if(m){if(m[0].message_id){if(m[0].conversation_message_id){g=1;}}}"
                call = f"{was_sent}if(g){{{call}}}else{{m=null;}}"
            lines.append(f"{call}r.push(m);")
            arguments |= {f"{name}_{place}": value for name, value in parameters.items()}
            place += 1
    return "".join([*lines, "return r;"]), arguments


def read_results(
    response: Any, errors: Sequence[Any], dialogs: Sequence[Sequence[int]]
) -> list[list[Outcome]]:
    """Judge each reply of a script by itself. `dialogs` holds how often each was tried, with this time.

    A call that VK refused gives false, and its error stands in `errors`, in order. What cannot be told for
    certain is unknown, never taken for sent or refused.
    """
    count = sum(len(attempts) for attempts in dialogs)
    items = response if isinstance(response, list) and len(response) == count else [False] * count
    refused = [error for error in errors if isinstance(error, dict) and error.get("method") == SEND]
    told = iter(refused if len(refused) == sum(item is False for item in items) else [])
    answers = iter(items)
    outcomes: list[list[Outcome]] = []
    for attempts in dialogs:
        of_dialog: list[Outcome] = []
        for tried in attempts:
            may_be_untried = bool(of_dialog) and of_dialog[-1].verdict is not Verdict.SENT
            item = next(answers)
            if item is None and may_be_untried:
                of_dialog.append(NOT_TRIED)
            elif item is False:
                of_dialog.append(_refused(next(told, None), tried))
            else:
                of_dialog.append(read_answer(item, attempts=tried))
        outcomes.append(of_dialog)
    return outcomes


def _refused(error: Any, attempts: int) -> Outcome:
    try:
        failure = VkError(SEND, int(error["error_code"]), str(error.get("error_msg", "")))
    except (TypeError, KeyError, ValueError):
        return Outcome(Verdict.UNKNOWN)
    return judge_failure(failure, attempts=attempts)


def judge_whole(failure: VkError | VkUnclear, *, attempts: int) -> tuple[Outcome, bool]:
    """Judge a reply whose whole script failed, and whether scripts should be left alone for a while.

    A script that VK did not run sent nothing; what is wrong shows when the replies go one by one. One that
    broke off while running may have sent some.
    """
    if isinstance(failure, VkError):
        if failure.code == RUNTIME_ERROR:
            return Outcome(Verdict.UNKNOWN), True
        outcome = judge_failure(failure, attempts=attempts)
        if outcome.verdict is Verdict.REFUSED or outcome.account_problem:
            return NOT_TRIED, True
        return outcome, False
    return judge_failure(failure, attempts=attempts), False
