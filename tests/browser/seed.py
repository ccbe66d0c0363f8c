"""Fill an empty data folder with people and documents, as rows that a real worker then ingests.

`python -m tests.browser.seed` in a process of its own: a browser's test holds no Django connection.
"""

import os
from pathlib import Path

import django

DATA = Path(__file__).resolve().parents[1] / "data"
PASSWORD = "a-password-for-tests-only"
SHELF = "Lighthouse shelf"
LONG_NAME = "非常长的文件名" * 12 + " and-a-very-long-latin-name-without-a-single-space-in-it.txt"
LONG_TEXT = (
    "海岸观测站年度报告\n\n" + "观测站全年运行三百六十五天，记录了风速、气温与能见度，并在每日清晨向港口发送摘要。" * 40
)
FILES = ("guide.pdf", "guide.md", "ships.xlsx", "guide-gb18030.txt")


def seed() -> None:
    from django.core.management import call_command

    from kbqa.accounts.models import User
    from kbqa.accounts.services import key_issue, team_create
    from kbqa.documents.models import Role
    from kbqa.documents.services import collection_create, document_upload, grant_give
    from kbqa.imports.running import run_continue
    from kbqa.imports.services import import_begin

    call_command("migrate", verbosity=0)
    keeper = User.objects.create_superuser("keeper", password=PASSWORD)
    mei = User.objects.create_user("mei", password=PASSWORD)
    shelf = collection_create(name=SHELF, by=keeper, description="How a lighthouse is kept, and which ships pass it.")
    collection_create(name="空的集合，名称很长，用来看看它在卡片上和标题里怎样换行" * 2, by=keeper)
    grant_give(collection=shelf, to=mei, role=Role.VIEWER)
    grant_give(collection=shelf, to=team_create(name="Harbour office", members=[mei]), role=Role.EDITOR)
    key_issue(owner=keeper, name="nightly report")
    for name in FILES:
        document_upload(collection=shelf, name=name, pieces=[(DATA / name).read_bytes()], by=keeper)
    document_upload(collection=shelf, name=LONG_NAME, pieces=[LONG_TEXT.encode()], by=keeper)
    dry_run = import_begin(collection=shelf, kind="folder", source=str(DATA), by=keeper, dry_run=True)
    while run_continue(dry_run.pk):
        pass
    document_upload(collection=shelf, name="broken.pdf", pieces=[b"%PDF-1.7\nthis is no pdf at all\n"], by=keeper)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kbqa.settings")
    django.setup()
    seed()
