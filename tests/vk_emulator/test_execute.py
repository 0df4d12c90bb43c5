"""VKScript as client libraries generate it and people write it."""

import pytest

from tests.vk_emulator.conftest import Vk
from vk_emulator.vkscript.machine import Machine, RunFailed
from vk_emulator.vkscript.parser import SyntaxWrong, parse

USER = 73125540


async def run(code: str, **arguments: str) -> object:
    async def call_method(name: str, given: dict[str, object]) -> object:
        return {"name": name, **given}

    return await Machine(call_method, arguments).run(parse(code))


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("return 1 + 2 * 3 - -4;", 11),
        ('return "a" + 1 + (2 == "2") + !0;', "a1truetrue"),
        ("return 7 / 2 + 8 / 2 + 7 % 4;", 10.5),
        ("var i = 0, a = []; while (i < 3) { a.push(i * i); i = i + 1; } return a;", [0, 1, 4]),
        ("var i = 3; i -= 1; if (i > 2) return 1; else if (i == 2) { return 5; } return 0;", 5),
        ('var o = {"a": {b: [1, 2]}}; o.a.c = o["a"].b[1]; delete o.a.b; return o;', {"a": {"c": 2}}),
        ("return [{id: 1}, {id: 2}]@.id;", [1, 2]),
        ('return "один,два".split(",").length + "abc".indexOf("c") + [5, 6].indexOf(6);', 5),
        ("var a = [1,2,3,4]; a.shift(); a.unshift(9); a.splice(1, 1); return [a, a.slice(1)];",
         [[9, 3, 4], [3, 4]]),
        ('return "абв".substr(1, 1);', "б"),
        ('return [parseInt("12px"), parseDouble("1.5"), "\\u0434\\n"];', [12, 1.5, "д\n"]),
        ("return Args.who + null + undefined; // done", "я"),
        ("return API.a.b({x: 1}).name && 0 || [];", []),
        ("/* nothing */", None),
    ],
)  # fmt: skip
async def test_the_language(code: str, result: object) -> None:
    assert await run(code, who="я") == result


@pytest.mark.parametrize(
    "code", ["return [1", "var = 1;", "a b", "1 = 2;", "return #;", "!" * 999, "(" * 999]
)
def test_what_cannot_be_understood_is_refused(code: str) -> None:
    with pytest.raises(SyntaxWrong):
        parse(code)


@pytest.mark.parametrize(
    "code",
    ["while (1) {}", "return 1/0;", "return nope();", 'var s="ab"; while(1) s=s+s;', "return (1).x();"],
)
async def test_what_goes_wrong_ends_the_run(code: str) -> None:
    with pytest.raises(RunFailed):
        await run(code)


async def test_batches_of_sends(vk: Vk) -> None:
    await vk.user_writes(USER, "раз")
    sends = "".join(
        f'a.push(API.messages.send({{"peer_ids": Args.who, "random_id": 0, "message": "№ {number}"}}));'
        for number in range(3)
    )
    body = await vk.call("execute", code=f"var a=[];{sends}return a;", who=f"{USER},5")
    assert [sent[0]["message_id"] for sent in body["response"]] == [2, 3, 4]
    assert body["response"][0][1]["error"]["code"] == 901
    assert "execute_errors" not in body
    loop = "var i=0; var a=[]; while(i<26){ a.push(API.utils.getServerTime()); i=i+1; } return a;"
    assert (await vk.error("execute", code=loop))["error_code"] == 13
    assert (await vk.error("execute", code="return [API.a.b("))["error_code"] == 12
    failed = await vk.call("execute", code="return API.no.such();")
    assert (failed["response"], failed["execute_errors"][0]["error_code"]) == (False, 3)
    circle = await vk.error("execute", code="var a=[]; a.push(a); return a;")
    assert circle["error_code"] == 13
