from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "kbqa.api"
    label = "api"
