"""The table of dialogs as a file for spreadsheets: what its columns are called, and how a cell is written."""

import csv
import io
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

# Spreadsheets take a file without it for one in the signs of some country.
BYTE_ORDER_MARK = "\ufeff"
# What a spreadsheet would take for a formula, its wide forms too.
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


class Language(StrEnum):
    """In which language the columns are named."""

    RU = "ru"
    EN = "en"


COLUMNS = {
    "dialog_id": ("Диалог", "Dialog"),
    "person": ("Имя", "Name"),
    "external_id": ("ID в мессенджере", "Messenger ID"),
    "community": ("Сообщество", "Community"),
    "operator": ("Оператор сейчас", "Operator now"),
    "opened": ("Открыто обращений", "Cases opened"),
    "closed": ("Закрыто обращений", "Cases closed"),
    "unanswered": ("Без ответа", "Unanswered"),
    "answered": ("С ответом", "Answered"),
    "first_answer_seconds": ("Первый ответ, в среднем секунд", "First answer, seconds on average"),
    "resolution_seconds": ("Решение, в среднем секунд", "Resolution, seconds on average"),
    "received": ("Получено сообщений", "Messages received"),
    "sent": ("Отправлено сообщений", "Messages sent"),
    "last_activity": ("Последняя активность", "Last activity"),
}


def head(language: Language) -> str:
    """Return the beginning of the file."""
    words = [ru if language is Language.RU else en for ru, en in COLUMNS.values()]
    return BYTE_ORDER_MARK + lines([words])


def lines(rows: Iterable[Sequence[Any]]) -> str:
    """Write rows as RFC 4180 has them; None is an empty cell."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([[_cell(value) for value in row] for row in rows])
    return text.getvalue()


def _cell(value: Any) -> Any:
    """Return a cell that no spreadsheet runs: texts come from people we do not know."""
    if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA_STARTS):
        return f"'{value}"
    return value
