from django.apps import AppConfig


class BinConfig(AppConfig):
    name = "kbqa.bin"
    label = "bin"
