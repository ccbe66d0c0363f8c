from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "kbqa.web"
    label = "web"

    def ready(self) -> None:
        from .admin_names import names_give

        names_give()
