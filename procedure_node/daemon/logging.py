"""Logs: JSON for machines in the service, a readable console for people."""

import logging
import sys
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor

from procedure_node.messages import without_uids


def _without_uids(_: object, __: str, event: EventDict) -> EventDict:
    """Replace DICOM UIDs by their tokens: a study's UID leads to its patient."""
    return {
        key: without_uids(value) if isinstance(value, str) else value
        for key, value in event.items()
    }


_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    _without_uids,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
_TRACE_WITHOUT_VALUES = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def configure_logging(style: Literal["json", "console"]) -> None:
    """Send all logs, those of libraries too, to standard error in one style.

    Traces show where and what, but no values of variables: they may be secrets, or a patient's.
    """
    rendering: tuple[Processor, ...] = (
        (_TRACE_WITHOUT_VALUES, structlog.processors.JSONRenderer())
        if style == "json"
        else (
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        )
    )
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *rendering,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for chatty in ("httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
