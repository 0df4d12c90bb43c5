"""Structured logs: one JSON object a line, one correlation id a story, secrets taken out."""

import contextlib
import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any, TextIO, cast

import structlog
from structlog.contextvars import bind_contextvars, get_contextvars, merge_contextvars

REDACTED = "[redacted]"
_SECRET_NAMES = re.compile(
    r"(password|passwd|secret|token|authorization|cookie|api_?key|access_?key|^key$|credential|session)",
    re.IGNORECASE,
)
_SECRET_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"vk[12]\.a\.[\w-]+"), REDACTED),
    (re.compile(r"(/vk/callback/)[^\s/?\"']+"), rf"\1{REDACTED}"),
    (re.compile(r"(?i)(access_token|client_secret|secret|password|key|code)=[^\s&\"']+"), rf"\1={REDACTED}"),
    (re.compile(r"(?i)(bearer\s+)[\w.~+/=-]+"), rf"\1{REDACTED}"),
    (re.compile(r"(\w+://[^:/\s]+:)[^@/\s]+@"), rf"\1{REDACTED}@"),
    (re.compile(r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]+"), REDACTED),
    (re.compile(r"gAAAA[\w=-]{20,}"), REDACTED),
    (re.compile(r"(?i)(\"(?:secret|key|access_token|password)\"\s*:\s*\")[^\"]+"), rf"\1{REDACTED}"),
)


def redacted(text: str) -> str:
    """Return the text with everything that looks like a secret replaced."""
    for shape, replacement in _SECRET_SHAPES:
        text = shape.sub(replacement, text)
    return text


def _redact_value(value: Any) -> Any:
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, dict):
        return {name: _redact_field(str(name), item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redact_value(item) for item in value]
    return value


def _redact_field(name: str, value: Any) -> Any:
    return REDACTED if _SECRET_NAMES.search(name) else _redact_value(value)


def redact(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Redact by field name and by shape; the last step before rendering, so exceptions are covered."""
    for name in list(fields):
        fields[name] = _redact_field(name, fields[name])
    return fields


class _StandardError:
    """Standard error as it is at the moment of writing; a log that cannot be written harms nobody."""

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()


def configure_logging(*, as_json: bool, level: str) -> None:
    """Send structlog and the standard library's logging to stderr, redacted, in one format."""
    before: Iterable[Any] = (
        merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[*before, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _StandardError())),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(cast("TextIO", _StandardError()))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=list(before), processors=[_drop_meta, renderer])
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)


def _drop_meta(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    fields.pop("_record", None)
    fields.pop("_from_structlog", None)
    return redact(_logger, _method, fields)


def correlate(correlation_id: str) -> None:
    """Make this task's log lines and outgoing events carry the given correlation id."""
    bind_contextvars(correlation_id=correlation_id)


def current_correlation_id() -> str | None:
    """Return the correlation id that this task works under, if any."""
    return get_contextvars().get("correlation_id")
