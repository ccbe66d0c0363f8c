"""Django REST framework and the OpenAPI document."""

from .core import ENV

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "kbqa.accounts.authentication.KeyAuthentication",
        "kbqa.accounts.authentication.PageSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "kbqa.accounts.permissions.ScopeSuffices",
    ],
    "DEFAULT_RENDERER_CLASSES": ["kbqa.api.rendering.FastJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["kbqa.api.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "kbqa.api.problems.problem_response",
    "NUM_PROXIES": ENV.num_proxies,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "KBQA",
    "DESCRIPTION": "Ask questions of your documents; every answer cites the exact place.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "kbqa.api.examples.add_examples",
        "kbqa.api.schema.add_summaries",
    ],
    "ENUM_NAME_OVERRIDES": {
        "DeletedKindEnum": "kbqa.bin.selectors.Kind",
        "KindEnum": "kbqa.imports.models.ImportKind",
        "JobStateEnum": "kbqa.documents.models.IngestJob.State",
        "BackgroundStateEnum": "kbqa.documents.background.BackgroundRun.State",
    },
}
