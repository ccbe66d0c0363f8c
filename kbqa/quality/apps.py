from django.apps import AppConfig


class QualityConfig(AppConfig):
    name = "kbqa.quality"
    label = "quality"
