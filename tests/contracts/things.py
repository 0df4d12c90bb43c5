"""What each project of the matrix has: words that nobody else may see, and how its small things are made."""

# Every text that a project has ends in its letter.
KINDS = ["проект", "другой-проект", "сообщение", "контакт", "сотрудник", "виджет", "ответ", "сообщество"]
KINDS += ["ключ", "файл", "метка", "шаблон", "заметка"]
OWN = {"project_id": "{project_id}"}
SMALL = {
    "tag_id": ("/api/v1/dialogs/tags", {**OWN, "name": "метка-{letter} {word}"}),
    "quick_answer_id": (
        "/api/v1/dialogs/quick-answers",
        {**OWN, "shortcut": "{word}", "text": "шаблон-{letter}"},
    ),
    "note_id": ("/api/v1/dialogs/{dialog_id}/notes", {"client_id": "{word}", "text": "заметка-{letter}"}),
}
