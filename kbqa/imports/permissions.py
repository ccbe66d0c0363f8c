"""Folders of the server are for administrators: what lies there belongs to none of the people who ask."""

from typing import TYPE_CHECKING

from kbqa.errors import PermissionRefused

from .models import ImportKind

if TYPE_CHECKING:
    from kbqa.accounts.models import User


def may_import_folders(user: "User") -> bool:
    return user.is_active and user.is_superuser


def folder_refuse(kind: str, user: "User") -> None:
    """PermissionRefused when this kind of import is not for ``user``."""
    if kind == ImportKind.FOLDER and not may_import_folders(user):
        raise PermissionRefused("Folders of the server are imported by administrators.")
