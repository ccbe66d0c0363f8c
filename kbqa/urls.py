"""/  ·  /api/v1/  ·  /admin/  ·  /health/  ·  /metrics"""

from django.contrib import admin
from django.urls import include, path

from kbqa.api.docs import ToRead, TryOut
from kbqa.api.mcp_http import Tools
from kbqa.api.openai import ChatCompletions, Models, OneModel

urlpatterns = [  # tried in this order: what programs ask most comes first
    path("api/v1/", include("kbqa.api.urls")),
    path("v1/models", Models.as_view()),
    path("v1/models/<slug:model>", OneModel.as_view()),
    path("v1/chat/completions", ChatCompletions.as_view()),
    path("mcp", Tools.as_view()),
    path("api/docs/", TryOut.as_view(), name="api-docs"),
    path("api/redoc/", ToRead.as_view(), name="api-redoc"),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("kbqa.ops.urls")),
    path("", include("kbqa.web.urls")),
]

handler404 = "kbqa.api.problems.no_such_address"
