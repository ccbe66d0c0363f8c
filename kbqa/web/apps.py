from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "kbqa.web"
    label = "web"
