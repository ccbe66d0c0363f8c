"""Whatever the pages say, they say in Chinese too; and what services say reaches the reader translated."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.utils import translation

from kbqa.settings.env import BASE_DIR
from kbqa.web.labels import document_failure
from kbqa.web.said import said

CATALOGUE = BASE_DIR / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
_IN_TEMPLATES = re.compile(r"""(?:\{%\s*translate\s+|\b_\()(["'])(.+?)\1""")
_TO_MARK = {"_", "gettext", "gettext_lazy", "gettext_noop"}


@pytest.fixture(scope="module")
def chinese() -> gettext.GNUTranslations:
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def sentences_in_templates() -> Iterator[str]:
    for path in (BASE_DIR / "templates").rglob("*.html"):
        yield from (found.group(2) for found in _IN_TEMPLATES.finditer(path.read_text()))


def sentences_in_views() -> Iterator[str]:
    for path in (BASE_DIR / "kbqa" / "web").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _TO_MARK:
                yield from (word.value for word in node.args if isinstance(word, ast.Constant))


def test_every_sentence_of_templates_and_views_is_translated(chinese: gettext.GNUTranslations):
    said_here = {*sentences_in_templates(), *sentences_in_views()}

    missing = [sentence for sentence in said_here if chinese.gettext(sentence) == sentence != "API"]

    assert missing == [], "run `make messages` and translate locale/zh_Hans/LC_MESSAGES/django.po"


def test_no_translation_is_empty_or_a_guess():
    text = CATALOGUE.read_text()

    assert "fuzzy" not in text
    assert re.findall(r'^msgstr(?:\[0\])? ""\n(?!")', text, re.MULTILINE) == []


def test_translations_keep_the_holes_of_their_sentences():
    for entry in CATALOGUE.read_text().split("\n\n")[1:]:
        original, translated = re.split(r"^msgstr(?:\[0\])? ", entry, flags=re.MULTILINE)
        holes = re.compile(r"%\((\w+)\)")
        assert set(holes.findall(translated)) <= set(holes.findall(original)), entry


@pytest.mark.parametrize(
    ("english", "in_chinese"),
    [
        ("The collection needs a name.", "知识库需要一个名称。"),
        ("The file is larger than 100 MB.", "文件超过 100 MB。"),
        ("12 of 34 passages embedded", "已向量化 12 / 34 个段落"),
        ("This needs the role of editor in Shelf.", "这需要 Shelf 的编辑者角色。"),
        ("A sentence nobody has listed.", "A sentence nobody has listed."),
    ],
)
def test_what_services_say_is_said_in_the_readers_language(english: str, in_chinese: str):
    with translation.override("zh-hans"):
        assert said(english) == in_chinese
    assert said(english) == english


def test_a_refusal_is_translated_with_the_list_inside_it():
    from ingest.sniff import SUPPORTED

    with translation.override("zh-hans"):
        sentence = said(f"Files of type image/png are not supported. {SUPPORTED}")

    assert sentence.startswith("不支持 image/png 类型的文件。支持 PDF")


def test_every_refusal_of_a_file_by_its_kind_is_translated():
    tree = ast.parse((BASE_DIR / "ingest" / "sniff.py").read_text())
    raised = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)]
    refusals = [word.value for call in raised for word in call.args if isinstance(word, ast.Constant)]

    with translation.override("zh-hans"):
        assert refusals
        assert [refusal for refusal in refusals if said(refusal) == refusal] == []


def test_a_document_fails_with_its_parsers_words_or_by_its_code():
    assert document_failure("no_text", "No text at all.") == "No text at all."
    with translation.override("zh-hans"):
        assert document_failure("no_text", "No text at all.").startswith("文件中没有文字")
        assert document_failure("unheard_of", "") == "无法读取此文件。"


def test_the_catalogue_lies_where_django_looks(settings):
    assert Path(settings.LOCALE_PATHS[0]) == CATALOGUE.parents[2]


def test_the_administration_has_a_chinese_name_for_every_field():
    shown = {*admin.site._registry, *(line.model for row in admin.site._registry.values() for line in row.inlines)}

    with translation.override("zh-hans"):
        names = {f"{field}": str(field.verbose_name) for model in shown for field in model._meta.fields}
        app = str(apps.get_app_config("axes").verbose_name)

    assert {field: name for field, name in names.items() if name.isascii() and name not in ("ID", "id")} == {}
    assert app == "登录"
