"""Who may call what: every operation of every service, with the least role that it needs.

The matrix in test_walls.py is made of this table and of the OpenAPI descriptions; an operation that is
missing here fails it, so whoever adds one says here who may call it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from shared.http.access import Role


class Least(Enum):
    """Who may call what belongs to no project."""

    ANYBODY = "anybody"
    SIGNED_IN = "signed in"


@dataclass(frozen=True)
class Operation:
    """An operation. `{widget_id}` stands for an id, in the path, in `query` and in `body`.

    `refused` names, for each of them, the code of the refusal when it is foreign or unknown; None says that
    it makes no difference, because nothing is told or changed. `uses_up` names what every call that succeeds
    needs anew.
    """

    call: str
    least: Role | Least
    good: int
    refused: Mapping[str, str | None] = field(default_factory=dict)
    query: dict[str, Any] | None = None
    body: dict[str, Any] | None = None
    uses_up: tuple[str, ...] = ()

    @property
    def method(self) -> str:
        return self.call.split()[0]

    @property
    def path(self) -> str:
        return self.call.split()[1]


ACCOUNTS, PROJECT = "/api/v1/accounts", "/api/v1/accounts/projects/{project_id}"
VK, INTEGRATIONS, WIDGETS = "/api/v1/vk/connections", "/api/v1/integrations", "/api/v1/widgets"
DIALOGS, DIALOG = "/api/v1/dialogs", "/api/v1/dialogs/{dialog_id}"
MESSAGE = "/api/v1/dialogs/{dialog_id}/messages/{message_id}"
PERSON_PLACES = {"project_id": "project_not_found", "person_id": "person_not_found"}
IN_PROJECT = {"project_id": "project_not_found"}
IN_QUERY: dict[str, Any] = {"project_id": "{project_id}"}
# Of a foreign community there is nothing to count.
IN_REPORT = {**IN_PROJECT, "integration_id": None}
REPORT = IN_QUERY | {"integration_id": "{integration_id}", "from": "2026-11-01", "to": "2026-11-30"}
REPORT |= {"timezone": "Europe/Moscow"}
OF_DIALOG = {"dialog_id": "dialog_not_found"}
OF_TAG, OF_QUICK_ANSWER = {"tag_id": "tag_not_found"}, {"quick_answer_id": "quick_answer_not_found"}
OF_NOTE = {"dialog_id": "dialog_not_found", "note_id": "note_not_found"}
OF_MESSAGE = {"dialog_id": "dialog_not_found", "message_id": "message_not_found"}
FILES, OF_FILE = f"{DIALOGS}/files", {"file_id": "file_not_found"}
COMMUNITY = "{connection_id}/communities/{community_id}"
OF_CONNECTION = {"connection_id": "connection_not_found", "community_id": "community_not_offered"}
OF_WIDGET = {"widget_id": "widget_not_found"}
OF_INTEGRATION = {"integration_id": "integration_not_found"}
PASSWORD = "столкнулись-4-ёлки"

OPERATIONS = [
    # ---- accounts ----
    Operation(
        f"POST {ACCOUNTS}/session",
        Least.ANYBODY,
        401,
        body={"email": "{new_email}", "password": PASSWORD},
    ),
    Operation(f"POST {ACCOUNTS}/session/refresh", Least.ANYBODY, 401),  # only the cookie opens it
    Operation(f"GET {ACCOUNTS}/session", Least.SIGNED_IN, 200),
    Operation(f"DELETE {ACCOUNTS}/session", Least.ANYBODY, 204),  # without the cookie nothing happens
    Operation(f"GET {ACCOUNTS}/jwks.json", Least.ANYBODY, 200),
    Operation(
        f"GET {ACCOUNTS}/enrolments/{{token}}", Least.ANYBODY, 200, refused={"token": "enrolment_invalid"}
    ),
    Operation(
        f"POST {ACCOUNTS}/enrolments/{{token}}",
        Least.ANYBODY,
        201,
        refused={"token": "enrolment_invalid"},
        body={"name": "Новый", "password": PASSWORD},
        uses_up=("token",),
    ),
    Operation(f"POST {ACCOUNTS}/projects", Least.SIGNED_IN, 201, body={"name": "Ещё один"}),
    Operation(f"GET {ACCOUNTS}/projects", Least.SIGNED_IN, 200),
    Operation(f"GET {PROJECT}", Role.OPERATOR, 200, IN_PROJECT),
    Operation(f"PATCH {PROJECT}", Role.ADMIN, 200, IN_PROJECT, body={"name": "Новое имя"}),
    Operation(f"DELETE {PROJECT}", Role.OWNER, 204, IN_PROJECT, uses_up=("project_id",)),
    Operation(f"GET {PROJECT}/people", Role.OPERATOR, 200, IN_PROJECT),
    Operation(
        f"POST {PROJECT}/people",
        Role.ADMIN,
        201,
        IN_PROJECT,
        body={"email": "{new_email}", "role": "operator"},
    ),
    Operation(
        f"POST {PROJECT}/people/{{person_id}}/enrolment",
        Role.ADMIN,
        201,
        PERSON_PLACES,
        uses_up=("person_id",),
    ),
    Operation(
        f"PATCH {PROJECT}/people/{{person_id}}",
        Role.ADMIN,
        200,
        PERSON_PLACES,
        body={"role": "supervisor"},
        uses_up=("person_id",),
    ),
    Operation(
        f"DELETE {PROJECT}/people/{{person_id}}", Role.ADMIN, 204, PERSON_PLACES, uses_up=("person_id",)
    ),
    Operation(f"GET {ACCOUNTS}/sessions", Least.SIGNED_IN, 200),
    Operation(
        f"DELETE {ACCOUNTS}/sessions/{{session_id}}",
        Least.SIGNED_IN,
        404,  # nobody's but the caller's own
        {"session_id": "session_not_found"},
    ),
    Operation(f"GET {PROJECT}/audit", Role.ADMIN, 200, IN_PROJECT),
    Operation(f"GET {PROJECT}/api-keys", Role.ADMIN, 200, IN_PROJECT),
    Operation(
        f"POST {PROJECT}/api-keys",
        Role.ADMIN,
        201,
        IN_PROJECT,
        body={"name": "Склад", "role": "operator"},
    ),
    Operation(
        f"DELETE {PROJECT}/api-keys/{{key_id}}",
        Role.ADMIN,
        204,
        {"project_id": "project_not_found", "key_id": "api_key_not_found"},
        uses_up=("key_id",),
    ),
    Operation(f"POST {ACCOUNTS}/api-keys/token", Least.ANYBODY, 401),  # a person's token is no API key
    # ---- vk-gateway ----
    Operation(
        f"POST {VK}",
        Role.ADMIN,
        201,
        IN_PROJECT,
        body={"project_id": "{project_id}", "method": "key", "key": "{key}"},
    ),
    Operation(f"GET {VK}/{{connection_id}}", Role.ADMIN, 200, {"connection_id": "connection_not_found"}),
    Operation(
        f"POST {VK}/{{connection_id}}/communities",
        Role.ADMIN,
        200,
        {"connection_id": "connection_not_found", "community_id": "community_not_offered"},
        body={"community_ids": ["{community_id}"]},
    ),
    Operation(
        f"POST {VK}/{{connection_id}}/resolve",
        Role.ADMIN,
        409,  # a key is no way to VK
        {"connection_id": "connection_not_found"},
        body={"link": "vk.ru/paper_crane"},
    ),
    Operation(f"POST {VK}/{COMMUNITY}/checks", Role.ADMIN, 200, OF_CONNECTION),
    Operation(f"PUT {VK}/{COMMUNITY}/messages", Role.ADMIN, 200, OF_CONNECTION, body={"enabled": True}),
    # Only what VK sends along opens these.
    Operation("GET /api/v1/vk/authorizations/identity", Least.ANYBODY, 303),
    Operation("GET /api/v1/vk/authorizations/communities", Least.ANYBODY, 303),
    # ---- integrations ----
    Operation(
        f"POST {INTEGRATIONS}",
        Role.ADMIN,
        201,
        {
            "project_id": "project_not_found",
            "connection_id": "connection_not_found",
            "community_id": "community_not_offered",
        },
        body={
            "project_id": "{project_id}",
            "channel": "vk",
            "connection_id": "{connection_id}",
            "community_id": "{community_id}",
        },
    ),
    Operation(f"GET {INTEGRATIONS}", Role.OPERATOR, 200, IN_PROJECT, query=IN_QUERY),
    Operation(f"GET {INTEGRATIONS}/{{integration_id}}", Role.OPERATOR, 200, OF_INTEGRATION),
    Operation(f"GET {INTEGRATIONS}/{{integration_id}}/timeline", Role.OPERATOR, 200, OF_INTEGRATION),
    Operation(f"POST {INTEGRATIONS}/{{integration_id}}/checks", Role.ADMIN, 202, OF_INTEGRATION),
    Operation(
        f"POST {INTEGRATIONS}/{{integration_id}}/imports",
        Role.ADMIN,
        202,
        OF_INTEGRATION,
        body={"depth": "month"},
    ),
    Operation(f"DELETE {INTEGRATIONS}/{{integration_id}}/imports/current", Role.ADMIN, 204, OF_INTEGRATION),
    Operation(
        f"DELETE {INTEGRATIONS}/{{integration_id}}",
        Role.ADMIN,
        204,
        OF_INTEGRATION,
        uses_up=("integration_id",),
    ),
    # ---- dialogs ----
    Operation(f"GET {DIALOGS}", Role.OPERATOR, 200, IN_PROJECT, query=IN_QUERY),
    Operation(f"GET {DIALOGS}/changes", Role.OPERATOR, 200, IN_PROJECT, query={**IN_QUERY, "after": "0"}),
    Operation(f"GET {DIALOGS}/search", Role.OPERATOR, 200, IN_PROJECT, query={**IN_QUERY, "q": "привет"}),
    Operation(
        f"GET {DIALOGS}/counters", Role.OPERATOR, 200, IN_PROJECT, query={"project_ids": "{project_id}"}
    ),
    Operation(f"GET {DIALOGS}/reports", Role.OPERATOR, 200, IN_REPORT, query=REPORT),
    Operation(f"GET {DIALOGS}/reports/dialogs.csv", Role.OPERATOR, 200, IN_REPORT, query=REPORT),
    Operation(f"GET {DIALOG}", Role.OPERATOR, 200, OF_DIALOG),
    Operation(f"POST {DIALOG}/seen", Role.OPERATOR, 200, OF_DIALOG, body={"through": 1}),
    Operation(f"PUT {DIALOG}/important", Role.OPERATOR, 200, OF_DIALOG, uses_up=("dialog_id",)),
    Operation(f"DELETE {DIALOG}/important", Role.OPERATOR, 200, OF_DIALOG, uses_up=("dialog_id",)),
    Operation(f"GET {DIALOGS}/operators", Role.OPERATOR, 200, IN_PROJECT, query=IN_QUERY),
    Operation(f"GET {DIALOGS}/tags", Role.OPERATOR, 200, IN_PROJECT, query=IN_QUERY),
    Operation(
        f"POST {DIALOGS}/tags",
        Role.SUPERVISOR,
        201,
        IN_PROJECT,
        body={"project_id": "{project_id}", "name": "{new_word}", "colour": "red"},
    ),
    Operation(f"PATCH {DIALOGS}/tags/{{tag_id}}", Role.SUPERVISOR, 200, OF_TAG, body={"name": "{new_word}"}),
    Operation(f"DELETE {DIALOGS}/tags/{{tag_id}}", Role.SUPERVISOR, 204, OF_TAG, uses_up=("tag_id",)),
    Operation(f"PUT {DIALOG}/tags/{{tag_id}}", Role.OPERATOR, 200, {**OF_DIALOG, **OF_TAG}),
    Operation(f"DELETE {DIALOG}/tags/{{tag_id}}", Role.OPERATOR, 200, {**OF_DIALOG, "tag_id": None}),
    Operation(f"GET {DIALOGS}/quick-answers", Role.OPERATOR, 200, IN_PROJECT, query=IN_QUERY),
    Operation(
        f"POST {DIALOGS}/quick-answers",
        Role.OPERATOR,
        201,
        {**IN_PROJECT, "file_id": "file_not_found"},
        body={
            "project_id": "{project_id}",
            "shortcut": "{new_word}",
            "text": "Здравствуйте!",
            "files": ["{file_id}"],
        },
    ),
    Operation(
        f"PATCH {DIALOGS}/quick-answers/{{quick_answer_id}}",
        Role.OPERATOR,
        200,
        {**OF_QUICK_ANSWER, "file_id": "file_not_found"},
        body={"title": "Приветствие", "files": ["{file_id}"]},
    ),
    Operation(
        f"DELETE {DIALOGS}/quick-answers/{{quick_answer_id}}",
        Role.OPERATOR,
        204,
        OF_QUICK_ANSWER,
        uses_up=("quick_answer_id",),
    ),
    Operation(f"GET {DIALOG}/cases", Role.OPERATOR, 200, OF_DIALOG),
    Operation(f"GET {DIALOG}/notes", Role.OPERATOR, 200, OF_DIALOG),
    Operation(
        f"POST {DIALOG}/notes",
        Role.OPERATOR,
        201,
        OF_DIALOG,
        body={"client_id": "{new_word}", "text": "Перезвонить"},
    ),
    # The note is the owner's own, and operators may not touch another one's.
    Operation(f"PATCH {DIALOG}/notes/{{note_id}}", Role.SUPERVISOR, 200, OF_NOTE, body={"text": "Иначе"}),
    Operation(f"DELETE {DIALOG}/notes/{{note_id}}", Role.SUPERVISOR, 204, OF_NOTE, uses_up=("note_id",)),
    Operation(f"GET {DIALOG}/messages", Role.OPERATOR, 200, OF_DIALOG),
    Operation(f"GET {MESSAGE}/versions", Role.OPERATOR, 200, OF_MESSAGE),
    Operation(
        f"POST {DIALOG}/messages",
        Role.OPERATOR,
        202,
        {**OF_DIALOG, "message_id": "quoted_message_not_found", "file_id": "file_not_found"},
        body={
            "client_id": "walls",
            "text": "Ответ",
            "quoted_message_id": "{message_id}",
            "attachments": ["{file_id}"],
            "take_over": True,
        },
        uses_up=("dialog_id",),
    ),
    Operation(f"POST {MESSAGE}/cancel", Role.OPERATOR, 409, OF_MESSAGE),  # it is sent
    Operation(f"POST {MESSAGE}/retry", Role.OPERATOR, 409, OF_MESSAGE),  # it is sent
    Operation(f"PATCH {MESSAGE}", Role.OPERATOR, 202, OF_MESSAGE, body={"text": "Иначе"}),
    Operation(f"DELETE {MESSAGE}", Role.OPERATOR, 202, OF_MESSAGE),
    Operation(f"PUT {DIALOG}/presence", Role.OPERATOR, 200, OF_DIALOG, body={"state": "viewing"}),
    Operation(f"DELETE {DIALOG}/presence", Role.OPERATOR, 204, OF_DIALOG),
    Operation(f"POST {DIALOG}/typing", Role.OPERATOR, 204, OF_DIALOG),
    Operation(
        f"PUT {DIALOG}/operator",
        Role.OPERATOR,
        200,
        {"dialog_id": "dialog_not_found", "operator_id": "operator_not_found"},
        body={"operator_id": "{operator_id}"},
        uses_up=("dialog_id",),
    ),
    Operation(f"DELETE {DIALOG}/operator", Role.OPERATOR, 200, OF_DIALOG, uses_up=("dialog_id",)),
    Operation(f"POST {DIALOG}/close", Role.OPERATOR, 200, OF_DIALOG, uses_up=("dialog_id",)),
    Operation(f"POST {DIALOG}/reopen", Role.OPERATOR, 200, OF_DIALOG, uses_up=("dialog_id",)),
    Operation(
        f"POST {FILES}",
        Role.OPERATOR,
        422,  # the body is the file itself, and an empty one is refused
        IN_PROJECT,
        query={**IN_QUERY, "client_id": "walls"},
    ),
    Operation(f"GET {FILES}/{{file_id}}", Role.OPERATOR, 200, OF_FILE),
    Operation(f"GET {FILES}/{{file_id}}/preview", Role.OPERATOR, 404, OF_FILE),  # a text has none
    # ---- widget-config ----
    Operation(
        f"POST {WIDGETS}", Role.ADMIN, 201, IN_PROJECT, body={"project_id": "{project_id}", "name": "Ещё"}
    ),
    Operation(f"GET {WIDGETS}", Role.OPERATOR, 200, IN_PROJECT, query=IN_QUERY),
    Operation(f"GET {WIDGETS}/{{widget_id}}", Role.OPERATOR, 200, OF_WIDGET),
    Operation(
        f"PATCH {WIDGETS}/{{widget_id}}",
        Role.ADMIN,
        200,
        OF_WIDGET,
        body={
            "name": "Иначе",
            "look": {"title": "Пишите", "texts": {"ru": {"greeting": "", "vk_button": "ВК"}}},
        },
    ),
    Operation(f"DELETE {WIDGETS}/{{widget_id}}", Role.ADMIN, 204, OF_WIDGET, uses_up=("widget_id",)),
    Operation(
        f"PUT {WIDGETS}/{{widget_id}}/channels/{{integration_id}}",
        Role.ADMIN,
        200,
        {**OF_WIDGET, **OF_INTEGRATION},
    ),
    Operation(
        f"DELETE {WIDGETS}/{{widget_id}}/channels/{{integration_id}}",
        Role.ADMIN,
        204,
        {**OF_WIDGET, "integration_id": None},
        uses_up=("widget_id",),
    ),
    Operation(
        f"PATCH {WIDGETS}/{{widget_id}}/draft",
        Role.ADMIN,
        200,
        {**OF_WIDGET, **OF_INTEGRATION},
        body={"look": {"title": "Скоро"}, "channels": [{"integration_id": "{integration_id}"}]},
    ),
    Operation(f"DELETE {WIDGETS}/{{widget_id}}/draft", Role.ADMIN, 204, OF_WIDGET),
    Operation(f"POST {WIDGETS}/{{widget_id}}/publish", Role.ADMIN, 409, OF_WIDGET),  # there is no draft
    Operation(f"GET {WIDGETS}/{{widget_id}}/versions", Role.OPERATOR, 200, OF_WIDGET),
    Operation(f"POST {WIDGETS}/{{widget_id}}/versions/{{number}}/restore", Role.ADMIN, 200, OF_WIDGET),
    Operation("GET /w/widget.js", Least.ANYBODY, 200),
    Operation("GET /w/{public_key}.json", Least.ANYBODY, 200, {"public_key": "widget_not_found"}),
    Operation("GET /w/{public_key}/mark", Least.ANYBODY, 200, {"public_key": "widget_not_found"}),
    Operation(
        "POST /w/{public_key}/click",
        Least.ANYBODY,
        404,  # no channel of the widget has this link
        {"public_key": "widget_not_found"},
        body={"link": "https://vk.me/nobody", "page_url": "https://shop.example/"},
    ),
]

# Hidden from the descriptions: for machines of ours, or without any project's data.
# What came of a way to VK is told in words, the same ones to everybody.
OUTCOME_PAGE = "/api/v1/vk/authorizations/outcomes/{outcome}"
HIDDEN = {"/health/live", "/health/ready", "/metrics", OUTCOME_PAGE}
HIDDEN_ENDINGS = ("/openapi.json", "/docs", "/docs/{asset}")
