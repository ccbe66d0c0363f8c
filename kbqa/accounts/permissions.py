"""What a key may do, of what its owner may do: one rule for every operation.

A view that says nothing asks for `read` where it reads and for `write` where it
writes, so that an operation nobody thought about is never wider than its method.
"""

from typing import TYPE_CHECKING, Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from kbqa.errors import PermissionRefused, ScopeMissing

from .models import ApiKey, KeyScope

if TYPE_CHECKING:
    from .models import User


class ScopeSuffices(BasePermission):
    """Raises ScopeMissing, which names the scope; a session has every scope."""

    def has_permission(self, request: Request, view: Any) -> bool:  # Any: DRF's own annotation
        key = request.auth
        if isinstance(key, ApiKey):
            needed = scope_needed(view, str(request.method))
            if needed not in key.scopes:
                raise ScopeMissing(f"This key lacks the scope {needed}.", scope=needed)
        return True


def scope_needed(view: object, method: str) -> str:
    """The view's own `scope`, or the one its method implies."""
    implied = KeyScope.READ if method in SAFE_METHODS else KeyScope.WRITE
    return str(getattr(view, "scope", implied))


def whole_account_require(user: "User") -> None:
    """For what belongs to no collection: PermissionRefused to a key that is for some of them alone."""
    if user.only_in is not None:
        raise PermissionRefused("This key is for some collections only.")
