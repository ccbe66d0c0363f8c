"""Errors people and programs see; each class knows its status and its stable code.

ApplicationError
├── NotFound               404  absent, or not yours: the same answer
├── PermissionRefused      403  yours to see, not to change
│   └── ScopeMissing       403  the key is not for this; names the scope
├── NotAuthenticated       401  no longer let in, while an answer was under way
├── Invalid                422  understood and refused, with the field
│   ├── UnsupportedFile    415
│   ├── EmptyFile          422
│   ├── FileTooLarge       413
│   ├── AddressRefused     422  an address that is not a public web page's
│   └── Unreachable        422  the address gave nothing that could be kept
├── Conflict               409  the state moved on
├── Busy                   503  carries retry_after_s
│   └── TooMany            429  one asker's minute is used up
└── DeadlinePassed         504  nothing could be answered in time
"""

import random
from typing import ClassVar


class ApplicationError(Exception):
    """The root: a status, a code and a sentence."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(ApplicationError):
    status = 404
    code = "not_found"


class PermissionRefused(ApplicationError):
    status = 403
    code = "permission_refused"


class ScopeMissing(PermissionRefused):
    code = "scope_missing"

    def __init__(self, message: str, *, scope: str) -> None:
        super().__init__(message)
        self.scope = scope


class NotAuthenticated(ApplicationError):
    status = 401
    code = "not_authenticated"


class Invalid(ApplicationError):
    status = 422
    code = "invalid"


class UnsupportedFile(Invalid):
    status = 415
    code = "unsupported_type"


class EmptyFile(Invalid):
    code = "empty_file"


class FileTooLarge(Invalid):
    status = 413
    code = "file_too_large"


class AddressRefused(Invalid):
    code = "address_refused"


class Unreachable(Invalid):
    code = "unreachable"


class Conflict(ApplicationError):
    status = 409
    code = "conflict"


class Busy(ApplicationError):
    status = 503
    code = "busy"
    retryable = True

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s

    def retry_after(self) -> str:
        """Whole seconds for the header, up to half as long again: who is refused together does not return together."""
        return str(max(1, round(self.retry_after_s * random.uniform(1.0, 1.5) + random.random())))  # noqa: S311  # no secret


class TooMany(Busy):
    status = 429
    code = "too_many_requests"


class DeadlinePassed(ApplicationError):
    status = 504
    code = "deadline_exceeded"
    retryable = True


def error_named(code: str, message: str) -> ApplicationError:
    """The error again from its stable code, as a finished stream reports it."""
    for busy in (Busy, TooMany):
        if code == busy.code:
            return busy(message, retry_after_s=1)
    pending: list[type[ApplicationError]] = [ApplicationError]
    while pending:
        kind = pending.pop()
        if kind.code == code:
            return kind(message)
        pending += kind.__subclasses__()
    return ApplicationError(message)
