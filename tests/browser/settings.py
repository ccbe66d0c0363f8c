"""The product's settings, but static files come straight from where they lie: gathering them takes a minute."""

from kbqa.settings import *  # noqa: F403
from kbqa.settings import STORAGES

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
