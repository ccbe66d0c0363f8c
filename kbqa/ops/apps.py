from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "kbqa.ops"
    label = "ops"
