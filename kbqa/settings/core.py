"""Applications, middleware, templates, database and cache."""

import sys
from typing import Any

import dj_database_url
import django_stubs_ext
from django.utils.translation import gettext_lazy as _
from redis.backoff import NoBackoff
from redis.retry import Retry

from .env import BASE_DIR, read_environment
from .machine import num_cores, web_workers

django_stubs_ext.monkeypatch()  # ModelAdmin[Row] and its like may be written at run time too

ENV = read_environment()

DEBUG = ENV.debug
TESTING = "pytest" in sys.modules
WEB_THREADS, WEB_WORKERS = ENV.web_threads, ENV.web_workers or web_workers(num_cores())
ROOT_URLCONF = "kbqa.urls"
WSGI_APPLICATION = "kbqa.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "kbqa.accounts",
    "kbqa.documents",
    "kbqa.imports",
    "kbqa.answers",
    "kbqa.quality",
    "kbqa.bin",
    "kbqa.api",
    "kbqa.web",
    "kbqa.ops",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "kbqa.ops.middleware.RequestContext",
    "kbqa.limits.middleware.RateHeaders",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",  # inside those: static files carry their headers too
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kbqa.accounts.proxy.ProxySignIn",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]


def _database() -> dict[str, Any]:  # Any: Django's own shape
    url = ENV.database_url or f"sqlite:///{ENV.data_dir / 'kbqa.sqlite3'}"
    parsed: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    if parsed["ENGINE"].endswith("sqlite3"):
        # IMMEDIATE: a transaction that will write takes the lock at its start, so it waits
        # its turn instead of failing when it first writes.
        parsed["OPTIONS"] = {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=134217728;"
            "PRAGMA wal_autocheckpoint=8000;",  # pages (32 MB): often written ones go into the database once
        }
        parsed["CONN_HEALTH_CHECKS"] = False  # a file does not hang up
        parsed["TEST"] = {"NAME": ENV.data_dir / "test.sqlite3"}
    else:
        parsed["OPTIONS"] = {**parsed.get("OPTIONS", {}), "connect_timeout": 5}
    return parsed


DATABASES = {"default": _database()}

CACHES = {
    "default": {
        "BACKEND": "kbqa.cache_redis.GuardedRedisCache",
        "LOCATION": ENV.redis_url,
        "OPTIONS": {
            "serializer": "kbqa.cache_json.JsonSerializer",
            # What is away is tried once, briefly; then the breaker answers in its place.
            "socket_timeout": 0.1,
            "socket_connect_timeout": 0.1,
            "retry": Retry(NoBackoff(), 0),
        },
        "KEY_PREFIX": "kbqa",
    }
    if ENV.redis_url
    else {
        "BACKEND": "kbqa.cache_embedded.EmbeddedCache",
        "LOCATION": str(ENV.data_dir / "cache.sqlite3"),
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}

LANGUAGE_CODE = ENV.language
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "kbqa.settings.formats"
TIME_ZONE = ENV.time_zone
USE_TZ = True
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "ask"
LOGOUT_REDIRECT_URL = "login"
