"""Users, teams and keys for administrators. A key is issued here and shown once."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.forms import CheckboxSelectMultiple, ModelForm, MultipleChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from .models import ApiKey, KeyScope, Membership, Team, User, all_scopes
from .services import key_issue, key_revoke

admin.site.site_header = admin.site.site_title = _("KBQA administration")
admin.site.register(User, UserAdmin)


class MembershipInline(admin.TabularInline[Membership, Team]):
    model = Membership
    extra = 1
    autocomplete_fields = ("user",)


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin[Team]):
    inlines = (MembershipInline,)
    search_fields = ("name",)


class KeyForm(ModelForm[ApiKey]):
    scopes = MultipleChoiceField(
        label=_("scopes"), choices=KeyScope.choices, initial=all_scopes, widget=CheckboxSelectMultiple
    )


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin[ApiKey]):
    list_display = ("name", "owner", "prefix", "scopes", "only_in", "expires_at", "revoked_at", "last_used_at")
    list_filter = ("revoked_at",)
    fields = ("owner", "name", "expires_at", "scopes")
    actions = ("revoke",)
    form = KeyForm

    @admin.display(description=_("only in"))
    def only_in(self, key: ApiKey) -> str:
        if key.collections is None:
            return gettext("All collections")
        return ngettext("%(n)s collection", "%(n)s collections", len(key.collections)) % {"n": len(key.collections)}

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ApiKey, form: ModelForm[ApiKey], change: bool) -> None:
        row, key = key_issue(owner=obj.owner, name=obj.name, expires_at=obj.expires_at, scopes=obj.scopes)
        obj.pk, obj.prefix, obj.digest = row.pk, row.prefix, row.digest
        messages.warning(request, gettext("Copy this key now; it is never shown again.") + f" {key}")

    @admin.action(description=_("Revoke the selected keys"))
    def revoke(self, request: HttpRequest, queryset: Any) -> None:  # Any: Django's annotation
        for key in queryset:
            key_revoke(key=key)
