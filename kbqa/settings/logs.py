"""One structured line an event, with the request's id; never a question's text or a key. And where traces go."""

import logging
from http import HTTPStatus

import structlog

from .core import ENV

_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]
_RENDERER = (
    structlog.processors.JSONRenderer()
    if ENV.log_format == "json"
    else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=28, sort_keys=False)
)

structlog.configure(
    processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _SHARED,
            "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _RENDERER],
        }
    },
    "filters": {
        "not_refused": {  # a refusal is counted (docs/metrics.md); a line of each would be one more load
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: getattr(record, "status_code", None) != HTTPStatus.SERVICE_UNAVAILABLE,
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
    "root": {"handlers": ["stderr"], "level": ENV.log_level},
    "loggers": {
        "django.server": {"level": logging.WARNING},
        "django.request": {"level": logging.ERROR, "filters": ["not_refused"]},
        "axes": {"level": logging.WARNING},
        "celery.app.trace": {"level": logging.WARNING},
        "celery.beat": {"level": logging.WARNING},
        "celery.worker.strategy": {"level": logging.WARNING},
        "faiss": {"level": logging.WARNING},
        "pypdf": {"level": logging.ERROR},
    },
}
LOGGING_CONFIG = "logging.config.dictConfig"
OTLP_URL = ENV.otlp_url.rstrip("/")
