"""`manage.py evaluate` over a small set, each task through its real parts."""

import io
import json
import os
import re
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from kbqa.accounts.models import User
from kbqa.documents.models import Collection
from tests.flow.conftest import FOREST, RIVER
from tests.flow.servers import ROOT

pytestmark = pytest.mark.django_db

CASES = [
    ("When was the oldest oak in Harrow Wood planted?", FOREST, "1641"),
    ("When does the River Wendle flood most often?", RIVER, "March"),
    ("Who built the lighthouse of Aston?", RIVER, None),
]


@pytest.fixture
def testset(tmp_path):
    rows = [
        {
            "id": str(number),
            "title": "Harrow" if context == FOREST else "Wendle",
            "context": context,
            "question": question,
            "answers": [{"text": gold, "start": context.index(gold)}] if gold else [],
        }
        for number, (question, context, gold) in enumerate(CASES)
    ]
    path = tmp_path / "set.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def evaluate(testset, task, **options):
    out = io.StringIO()
    call_command("evaluate", str(testset), task=task, json=True, stdout=out, **options)
    return json.loads(out.getvalue().splitlines()[-1])


def test_retrieval_reports_each_list(testset):
    measured = evaluate(testset, "retrieval")

    assert measured["hybrid"]["recall@1"] == 1
    assert {"dense", "lexical"} <= set(measured)


def test_reading_leaves_out_what_has_no_answer(testset):
    measured = evaluate(testset, "reading")

    assert (measured["questions"], measured["quote_holds_answer"]) == (2, 1)


def test_abstention_asks_everything_and_draws(testset, tmp_path):
    measured = evaluate(testset, "abstention", plots=tmp_path / "plots", save=tmp_path / "run.jsonl")

    assert measured["questions"] == 3
    assert measured["auroc"] == 1
    assert len(list((tmp_path / "plots").glob("*.svg"))) == 2
    assert evaluate(testset, "abstention", compare=tmp_path / "run.jsonl")["compared"]["change"] == 0


def test_open_asks_the_whole_product_and_leaves_nothing_behind(testset):
    measured = evaluate(testset, "open")

    assert measured["recall@1"] == 1
    assert measured["quote_holds_answer"] == 1
    assert not User.objects.exists()
    assert not Collection.objects.exists()


@pytest.fixture
def folder(tmp_path):
    """Two documents, one of them in a folder of its own, and a file that is none."""
    place = tmp_path / "documents"
    (place / "below").mkdir(parents=True)
    (place / "forest.txt").write_text(FOREST)
    (place / "below" / "river.txt").write_text(RIVER)
    (place / "song.mp3").write_bytes(b"ID3\x03" + bytes(100))
    return place


def test_open_asks_over_ones_own_documents_and_counts_each_kind(folder, tmp_path):
    rows = [
        {"question": CASES[0][0], "answers": ["1641"], "kind": "year"},
        {"question": CASES[1][0], "answers": [{"text": "March"}], "kind": "month"},
        {"question": "What is the boiling point of tungsten?", "answers": [], "kind": "not there"},
    ]
    path, out, told = tmp_path / "questions.jsonl", io.StringIO(), io.StringIO()
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))

    call_command("evaluate", str(path), task="open", documents=[folder], stdout=out, stderr=told)

    said = out.getvalue()
    measured = json.loads(said.splitlines()[-1])
    assert (measured["questions"], measured["answerable"], measured["right"], measured["recall@1"]) == (3, 2, 1, 1)
    assert measured["kinds"]["not there"] == {"right": 1, "wrong": 0, "silent": 0}
    assert re.search(r"^month +1 +0 +0$", said, re.MULTILINE)
    assert "song.mp3: This is an MP3 recording" in told.getvalue()
    assert not Collection.objects.exists()


def test_folders_that_cannot_be_asked_over_are_said(testset, tmp_path):
    with pytest.raises(CommandError, match=r"There is no folder .*nowhere"):
        evaluate(testset, "open", documents=[tmp_path / "nowhere"])
    with pytest.raises(CommandError, match="goes with --task open"):
        evaluate(testset, "reading", documents=[tmp_path])


def test_a_file_that_is_no_test_set_is_named(tmp_path):
    (tmp_path / "broken.jsonl").write_text("{}\n")

    with pytest.raises(CommandError, match=r"broken.jsonl, line 1"):
        evaluate(tmp_path / "broken.jsonl", "reading")


def test_a_folder_without_tables_is_told_what_makes_them(testset, tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "evaluate", str(testset), "--task", "open"],
        cwd=ROOT,
        env={**os.environ, "KBQA_DATA_DIR": str(tmp_path / "empty")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 1
    assert "or `manage.py migrate` first" in done.stderr
    assert "Traceback" not in done.stderr
