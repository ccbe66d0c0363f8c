"""Rankings are judged as BEIR judges them."""

from pathlib import Path

import pytest

from benchmarks.beir import ndcg, read_judgements, read_lines, recall


def test_the_best_order_gains_everything_and_a_worse_one_less():
    relevant = {"a": 2, "b": 1}

    assert ndcg(["a", "b", "c"], relevant) == 1.0
    assert ndcg(["c", "b", "a"], relevant) == pytest.approx((1 / 1.58496 + 2 / 2) / (2 + 1 / 1.58496), abs=1e-4)
    assert ndcg(["c"], relevant) == ndcg([], relevant) == ndcg(["a"], {}) == 0.0


def test_only_the_first_k_count():
    assert ndcg(["x", "a"], {"a": 1}, k=1) == 0.0
    assert recall(["x", "a", "b"], {"a": 1, "b": 2, "c": 0}, k=2) == 0.5


def test_a_folder_is_read_packed_or_not(tmp_path: Path):
    (tmp_path / "queries.jsonl").write_text('{"_id": "q1", "text": "tea"}\n')
    (tmp_path / "qrels.test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td2\t2\nq1\td1\t1\n")

    assert read_lines(tmp_path, "queries") == [{"_id": "q1", "text": "tea"}]
    assert read_judgements(tmp_path / "qrels.test.tsv") == {"q1": {"d2": 2, "d1": 1}}
