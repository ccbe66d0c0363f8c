from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "kbqa.documents"
    label = "documents"
