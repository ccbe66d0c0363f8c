"""The website: who may ask what, and three ways in. The only package that knows Django."""

from .celery import app as celery_app

__all__ = ["celery_app"]
