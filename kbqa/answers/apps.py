from django.apps import AppConfig


class AnswersConfig(AppConfig):
    name = "kbqa.answers"
    label = "answers"
