"""/  ·  /api/v1/  ·  /admin/  ·  /health/  ·  /metrics"""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerView

from kbqa.api.openai import ChatCompletions, Models

urlpatterns = [
    path("", include("kbqa.web.urls")),
    path("api/v1/", include("kbqa.api.urls")),
    path("v1/models", Models.as_view()),
    path("v1/chat/completions", ChatCompletions.as_view()),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="openapi"), name="api-docs"),
    path("api/redoc/", SpectacularRedocView.as_view(url_name="openapi"), name="api-redoc"),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("kbqa.ops.urls")),
]
