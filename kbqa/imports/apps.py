from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "kbqa.imports"
    label = "imports"
