"""Chunks: exact ranges, within the budget, along headings, paragraphs, sentences and rows."""

from __future__ import annotations

import gc
import re
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunk import split_document
from ingest.config import IngestConfig
from ingest.parsers.builder import DocumentBuilder
from ingest.types import Chunk, ParsedDocument

SMALL = IngestConfig(chunk_tokens=20, overlap_tokens=6)


def word_offsets(text: str) -> list[tuple[int, int]]:
    """A token a word or mark, and a token a Chinese character."""
    return [found.span() for found in re.finditer(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+|[^\w\s]", text)]


def document(*blocks: str, title: str = "") -> ParsedDocument:
    """Blocks that begin with ``#`` are headings; ``|`` parts a table's cells; ``--`` begins a page."""
    builder = DocumentBuilder(max_chars=10_000_000)
    pages = 0
    for block in blocks:
        if block == "--":
            pages += 1
            builder.page(pages)
        elif block.startswith("#"):
            builder.heading(block.lstrip("# "), level=block.count("#"))
        elif "|" in block:
            builder.table([line.split("|") for line in block.split("\n")], has_header=True)
        else:
            builder.paragraph(block)
    return replace(builder.build(media_type="text/plain"), title=title)


def chunks_of(parsed: ParsedDocument, config: IngestConfig = SMALL) -> list[Chunk]:
    return split_document(parsed, token_offsets=word_offsets, config=config)


def sentence(words: int, *, word: str = "word") -> str:
    return " ".join([word.capitalize(), *[word] * (words - 2)]) + "."


def assert_chunks_keep_their_promises(parsed: ParsedDocument, chunks: list[Chunk], config: IngestConfig) -> None:
    covered = [False] * len(parsed.text)
    starts = [chunk.start for chunk in chunks]
    assert starts == sorted(starts)
    for chunk in chunks:
        assert chunk.text == parsed.text[chunk.start : chunk.end]
        assert chunk.text == chunk.text.strip()
        assert 0 < chunk.num_tokens <= config.chunk_tokens
        covered[chunk.start : chunk.end] = [True] * (chunk.end - chunk.start)
    assert all(done or char.isspace() for done, char in zip(covered, parsed.text, strict=True))


def test_a_paragraph_that_fits_is_one_chunk() -> None:
    parsed = document(sentence(8) + " " + sentence(9))

    assert [chunk.text for chunk in chunks_of(parsed)] == [parsed.text]


def test_paragraphs_stay_whole_where_two_do_not_fit() -> None:
    parsed = document(sentence(14), sentence(14, word="next"))

    assert [chunk.text for chunk in chunks_of(parsed)] == [sentence(14), sentence(14, word="next")]


def test_short_paragraphs_share_a_chunk() -> None:
    parsed = document(sentence(5), sentence(5), sentence(5))

    assert len(chunks_of(parsed)) == 1


def test_a_long_paragraph_is_cut_between_sentences_and_repeats_the_last() -> None:
    texts = [sentence(6, word=word) for word in ("red", "green", "blue", "white", "black")]

    chunks = chunks_of(document(" ".join(texts)))

    assert [chunk.text for chunk in chunks] == [" ".join(texts[:3]), " ".join(texts[2:])]


def test_no_overlap_without_a_budget_for_it() -> None:
    texts = [sentence(6, word=word) for word in ("red", "green", "blue", "white", "black")]

    chunks = chunks_of(document(" ".join(texts)), IngestConfig(chunk_tokens=20, overlap_tokens=0))

    assert [chunk.text for chunk in chunks] == [" ".join(texts[:3]), " ".join(texts[3:])]


def test_a_small_remainder_is_evened_out() -> None:
    texts = [sentence(6, word=word) for word in ("red", "green", "blue")]

    chunks = chunks_of(document(" ".join([*texts, "Oh."])), IngestConfig(chunk_tokens=18, overlap_tokens=0))

    assert [chunk.text for chunk in chunks] == [" ".join(texts[:2]), f"{texts[2]} Oh."]


def test_a_chunk_never_crosses_a_heading() -> None:
    parsed = document("# One", sentence(4), "# Two", sentence(4))

    chunks = chunks_of(parsed)

    assert [chunk.heading_path for chunk in chunks] == [("One",), ("Two",)]
    assert chunks[1].text.startswith("Two\n\n")


def test_a_heading_without_text_opens_the_section_below_it() -> None:
    chunks = chunks_of(document("# Part", "## Chapter", sentence(4)))

    assert [chunk.text for chunk in chunks] == [f"Part\n\nChapter\n\n{sentence(4)}"]
    assert chunks[0].heading_path == ("Part", "Chapter")


def test_context_is_what_the_text_does_not_say_itself() -> None:
    parsed = document("# Part", sentence(4), "## Chapter", sentence(12), sentence(12), title="Book")

    chunks = chunks_of(parsed)

    assert [chunk.context for chunk in chunks] == ["Book", "Book › Part", "Book › Part › Chapter"]


def test_a_title_that_is_the_first_heading_is_said_once() -> None:
    chunks = chunks_of(document("# Book", sentence(12), sentence(12), title="Book"))

    assert [chunk.context for chunk in chunks] == ["Book", "Book"]


def test_a_long_context_loses_its_middle_first() -> None:
    long = " ".join(["word"] * 60)
    parsed = document("# First", f"## {long}", "### Last", sentence(18), sentence(18), title="Book")

    assert chunks_of(parsed)[-1].context == "Book › Last"


def test_later_rows_of_a_table_carry_its_header_as_context() -> None:
    rows = "\n".join(f"{year}|{year * 2}" for year in range(2001, 2012))

    chunks = chunks_of(document(f"Year|Sold\n{rows}"))

    assert chunks[0].context == ""
    assert all(chunk.context == "Year | Sold" for chunk in chunks[1:])
    assert all(line.startswith("Year") for chunk in chunks for line in chunk.text.split("\n"))


def test_chinese_text_is_cut_at_its_own_stops() -> None:
    parsed = document("今天天气很好我们去公园。明天也许会下雨我们在家。后天再说吧朋友们都来。")

    chunks = chunks_of(parsed, IngestConfig(chunk_tokens=16, overlap_tokens=0))

    assert [chunk.text[-1] for chunk in chunks] == ["。"] * 3


def test_a_page_begins_a_chunk() -> None:
    chunks = chunks_of(document("--", sentence(4), "--", sentence(4)))

    assert [chunk.page for chunk in chunks] == [1, 2]


def test_a_sentence_over_the_budget_is_cut_at_a_pause() -> None:
    parsed = document("one two three four five six seven eight nine ten eleven, " * 4 + "end.")

    chunks = chunks_of(parsed)

    assert_chunks_keep_their_promises(parsed, chunks, SMALL)
    assert all(chunk.text.endswith((",", "end.")) for chunk in chunks)


def test_no_tokens_at_all_still_gives_chunks_of_bounded_length() -> None:
    parsed = document("x" * 5_000)

    chunks = split_document(parsed, token_offsets=lambda text: [], config=SMALL)

    assert max(len(chunk.text) for chunk in chunks) <= SMALL.chunk_tokens * 16


def test_one_endless_token_gives_chunks_of_bounded_length() -> None:
    parsed = document("x" * 5_000)

    chunks = chunks_of(parsed)

    assert_chunks_keep_their_promises(parsed, chunks, SMALL)
    assert max(len(chunk.text) for chunk in chunks) <= SMALL.chunk_tokens * 16


block_texts = st.lists(
    st.one_of(
        st.text(alphabet="ab c. B!。中\n", min_size=1, max_size=150),
        st.integers(1, 60).map(sentence),
        st.sampled_from(["# One", "## Two", "--", "A|B\n1|2\n3|4\n5|6", "x" * 700]),
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None)
@given(block_texts, st.integers(16, 60), st.integers(0, 15))
def test_any_document_is_covered_by_exact_ranges_within_the_budget(
    blocks: list[str], chunk_tokens: int, overlap_tokens: int
) -> None:
    parsed = document("start a1", *blocks)
    config = IngestConfig(chunk_tokens=chunk_tokens, overlap_tokens=overlap_tokens)

    assert_chunks_keep_their_promises(parsed, chunks_of(parsed, config), config)


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["x", "word ", "Word word. ", "Word.\n\n", "字", ", "])
def test_work_grows_linearly_with_the_text(unit: str) -> None:
    def seconds(length: int) -> float:
        text = ("a1 " + unit * (length // len(unit))).strip()
        parsed = ParsedDocument(text=text, media_type="text/plain")
        gc.collect()
        gc.disable()  # a collection looks at all that thousands of tests left, which is not our work
        try:
            began = time.process_time()
            chunks_of(parsed, IngestConfig())
            return time.process_time() - began
        finally:
            gc.enable()

    seconds(10_000)

    assert seconds(400_000) < 24 * max(0.02, seconds(50_000))  # eight times the text; quadratic would be sixty-four
