"""Users, the teams they form, and the keys that programs carry."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class User(AbstractUser):
    """A person who signs in."""

    only_in: frozenset[str] | None = None  # set while a key that is for some collections alone acts for them


class Team(models.Model):
    """People who are granted collections together."""

    name = models.CharField(max_length=100, unique=True)
    members = models.ManyToManyField(User, through="Membership", related_name="teams")

    class Meta:
        verbose_name = pgettext_lazy("model", "team")
        verbose_name_plural = pgettext_lazy("model", "teams")

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One person in one team."""

    team = models.ForeignKey(Team, models.CASCADE)
    user = models.ForeignKey(User, models.CASCADE)

    class Meta:
        verbose_name = pgettext_lazy("model", "membership")
        verbose_name_plural = pgettext_lazy("model", "memberships")
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="one_membership_a_team")]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self) -> "ApiKeyQuerySet":
        """Neither revoked nor expired, and its owner may still sign in."""
        alive = models.Q(expires_at=None) | models.Q(expires_at__gt=Now())
        return self.filter(alive, revoked_at=None, owner__is_active=True)


class KeyScope(models.TextChoices):
    """What a key may do, of what its owner may do."""

    ASK = "ask", _("Ask and search")
    READ = "read", _("Read documents")
    WRITE = "write", _("Change documents and collections")


def all_scopes() -> list[str]:
    return list(KeyScope.values)


class ApiKey(models.Model):
    """A program's credential: `kb_<prefix>_<secret>`; only a keyed digest of the secret is kept.

    `collections` are ids, kept when a collection goes: a key for that one must not become a key for all.
    """

    owner = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(default=all_scopes)
    collections = models.JSONField(null=True, blank=True)  # the only ones it is for; none named: all its owner's
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("model", "API key")
        verbose_name_plural = pgettext_lazy("model", "API keys")

    def __str__(self) -> str:
        return f"{self.name} (kb_{self.prefix}…)"
