from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "kbqa.accounts"
    label = "accounts"

    def ready(self) -> None:
        from . import schema  # noqa: F401  registers the OpenAPI extensions
