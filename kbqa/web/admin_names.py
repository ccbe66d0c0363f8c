"""What the administration calls fields, in the reader's language: they have no other name than their Python one.

Given once the apps are loaded, so that no migration depends on a language.
"""

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, gettext_noop

OURS = ("accounts", "documents")
NAMES = (
    gettext_noop("abstain below"),
    gettext_noop("attempt"),
    gettext_noop("chunk size"),
    gettext_noop("collection"),
    gettext_noop("collections"),
    gettext_noop("created at"),
    gettext_noop("created by"),
    gettext_noop("current"),
    gettext_noop("deleted at"),
    gettext_noop("deleted by"),
    gettext_noop("description"),
    gettext_noop("digest"),
    gettext_noop("document"),
    gettext_noop("enabled"),
    gettext_noop("error"),
    gettext_noop("error code"),
    gettext_noop("expires at"),
    gettext_noop("fingerprint"),
    gettext_noop("finished at"),
    gettext_noop("glossary"),
    gettext_noop("language"),
    gettext_noop("last used at"),
    gettext_noop("lease key"),
    gettext_noop("lease until"),
    gettext_noop("manifest"),
    gettext_noop("media type"),
    gettext_noop("members"),
    gettext_noop("message"),
    gettext_noop("name"),
    gettext_noop("not before"),
    gettext_noop("num chunks"),
    gettext_noop("num pages"),
    gettext_noop("num passages"),
    gettext_noop("num tables"),
    gettext_noop("number"),
    gettext_noop("owner"),
    gettext_noop("percent"),
    gettext_noop("prefix"),
    gettext_noop("queued at"),
    gettext_noop("ready at"),
    gettext_noop("replaced at"),
    gettext_noop("revoked at"),
    gettext_noop("role"),
    gettext_noop("scopes"),
    gettext_noop("size bytes"),
    gettext_noop("snapshot"),
    gettext_noop("stage"),
    gettext_noop("started at"),
    gettext_noop("state"),
    gettext_noop("team"),
    gettext_noop("title"),
    gettext_noop("title is given"),
    gettext_noop("user"),
    gettext_noop("version"),
    gettext_noop("warnings"),
    gettext_noop("worker"),
    # of django-axes, which has them in other languages than ours
    gettext_noop("Access lock out"),
    gettext_noop("Attempt Time"),
    gettext_noop("Failed Logins"),
    gettext_noop("Form Data"),
    gettext_noop("GET Data"),
    gettext_noop("HTTP Accept"),
    gettext_noop("IP Address"),
    gettext_noop("Logout Time"),
    gettext_noop("Meta Data"),
    gettext_noop("POST Data"),
    gettext_noop("Path"),
    gettext_noop("Session key hash (sha256)"),
    gettext_noop("User Agent"),
    gettext_noop("access attempt"),
    gettext_noop("access attempts"),
    gettext_noop("access failure"),
    gettext_noop("access failures"),
    gettext_noop("access log"),
    gettext_noop("access logs"),
)


def names_give() -> None:
    apps.get_app_config("axes").verbose_name = gettext_lazy("Signing in")
    for model in (model for app in OURS for model in apps.get_app_config(app).get_models()):
        for field in model._meta.fields + model._meta.many_to_many:
            if not isinstance(field.verbose_name, Promise) and field.verbose_name in NAMES:
                field.verbose_name = gettext_lazy(field.verbose_name)
