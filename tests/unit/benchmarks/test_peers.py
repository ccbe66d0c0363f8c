"""The comparison's own arithmetic: turns alternate, the best peer is the one we lead least, absent ones are named."""

from benchmarks.harness import alternated
from benchmarks.peers import best_of_all, made_cases
from benchmarks.pipelines import LlamaIndex, Ours, is_installed


def test_each_piece_of_work_is_done_by_both_and_the_first_one_changes():
    order = []

    ours, peer = alternated(
        lambda piece: order.append(("ours", piece)), lambda piece: order.append(("peer", piece)), "ab"
    )

    assert order == [("peer", "a"), ("ours", "a"), ("ours", "b"), ("peer", "b")]
    assert len(ours.seconds) == len(peer.seconds) == 2


def test_the_best_peer_is_the_one_we_lead_least():
    rows = [
        {"case": "haystack: hybrid retrieval, one asker, p50", "ratio": 4.0},
        {"case": "llamaindex: dense retrieval, one asker, p50", "ratio": 2.0},
    ]

    (best,) = best_of_all(rows)

    assert best == {"case": "best of the peers (llamaindex): retrieval, one asker, p50", "ratio": 2.0}


def test_a_peer_is_installed_when_all_it_needs_is():
    class Unheard(LlamaIndex):
        needs = ("llama_index_of_nobody.core",)

    assert is_installed(Ours)
    assert not is_installed(Unheard)


def test_every_made_case_is_answered_by_its_passage():
    cases = made_cases()

    assert len(cases) == len({case.question for case in cases}) == 400
    assert all(case.answers[0] in case.context for case in cases)
