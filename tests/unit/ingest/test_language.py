"""The guess at a text's language: right where it speaks, silent where it cannot know."""

from __future__ import annotations

import pytest

from ingest.language import guess_language, reads_leftwards


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The cat sat on the mat, and it was happy with that.", "en"),
        ("Le chat est dans la maison et il ne veut pas sortir.", "fr"),
        ("Der Hund ist nicht im Haus, und die Katze auch nicht.", "de"),
        ("El perro no está en la casa, pero los gatos sí.", "es"),
        ("知识库回答问题，并给出引用。", "zh"),
        ("これは日本語の文章です。漢字もあります。", "ja"),
        ("이것은 한국어 문장입니다.", "ko"),
        ("Это предложение на русском языке.", "ru"),
        ("هذه جملة باللغة العربية.", "ar"),
        ("זה משפט בעברית.", "he"),
        ("Αυτή είναι μια πρόταση.", "el"),
        ("如何使用 PyTorch 和 FAISS 建立索引", "zh"),
    ],
)
def test_a_sentence_is_recognised(text: str, language: str) -> None:
    assert guess_language(text) == language


@pytest.mark.parametrize("text", ["", "12345 67.8 %", "for (a = 0; a < o; a++) { x[a] += o; }", "Wrzód żołądka"])
def test_what_cannot_be_told_is_not_guessed(text: str) -> None:
    assert guess_language(text) == ""


def test_hebrew_and_arabic_read_leftwards() -> None:
    assert reads_leftwards("שלום PDF")
    assert not reads_leftwards("PDF שלום and more")
