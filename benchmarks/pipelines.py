"""One knowledge base by four libraries: passages in, the five best for a question out, and an answer if they have one.

All embed with the packaged MiniLM; ours reads with the reader that ships, the others with the joint one of the same
size, which they can run and which answers as well; all from folders on disk. Each is put together as its
documentation does it, and asked many questions by its own quickest way.
Ours seals its index on the disk; the peers keep theirs in memory.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import torch
from safetensors.torch import save_file

from inference import Engine, EngineConfig
from inference.config import JOINT, packaged_encoder
from inference.models.bert import WORDS
from inference.reading.rerank import Lists, rerank_scores
from inference.training.data import load_tokenizer
from inference.weights.loader import one_tensor, read_weights
from inference.weights.rounded import restored
from ingest.index.fusion import Fusion
from ingest.index.merge import MergePolicy, merge
from ingest.index.searcher import Searcher, SegmentCache
from ingest.index.snapshot import LiveSegment, Snapshot
from ingest.index.types import ChunkRecord, Hit, Query
from ingest.index.writer import SegmentWriter

K = 5
FOUND, READ = 20, 6  # passages found and reranked, and of them read for an answer, as the product does
AT_ONCE = 16


class Pipeline(Protocol):
    """What is compared: ``needs`` are the modules to find, ``lists`` says how it searches."""

    name: ClassVar[str]
    lists: ClassVar[str]
    needs: ClassVar[tuple[str, ...]]
    can_answer: ClassVar[bool]

    def ingest(self, passages: Mapping[int, str]) -> None: ...

    def retrieve(self, questions: Sequence[str]) -> list[list[int]]:
        """The numbers of the K best passages of each question, best first."""

    def answer(self, questions: Sequence[str]) -> list[str]:
        """The likeliest words; empty where it finds none."""


class Ours:
    """The engine, sealed segments merged as the worker merges them, and the searcher, without the website."""

    name: ClassVar[str] = "ours"
    lists: ClassVar[str] = "hybrid"
    needs: ClassVar[tuple[str, ...]] = ()
    can_answer: ClassVar[bool] = True

    def __init__(self, folder: Path) -> None:
        self.engine = Engine(EngineConfig())
        self._root, self._cache, self._texts = folder, SegmentCache(), dict[int, str]()
        self._snapshot = Snapshot(number=0, fingerprint=self.engine.encoder_fingerprint)
        self._crowd = ThreadPoolExecutor(AT_ONCE)
        self._root.mkdir(parents=True)

    def ingest(self, passages: Mapping[int, str]) -> None:
        texts = list(passages.values())
        records = [ChunkRecord(passage_id=number, version_id=1, text=text) for number, text in passages.items()]
        with SegmentWriter(
            self._root, fingerprint=self.engine.encoder_fingerprint, dimension=self.engine.dimension
        ) as writer:
            writer.add(records, self.engine.embed(texts))
            self._snapshot = self._snapshot.with_segment(LiveSegment.of(writer.seal()))
        while due := MergePolicy().choose(self._snapshot.segments):
            merged = merge(self._root, due)
            self._snapshot = self._snapshot.replacing([segment.name for segment in due], LiveSegment.of(merged))
        self._texts.update(passages)
        self._searcher = Searcher(
            self._root, [self._snapshot], fingerprint=self.engine.encoder_fingerprint, cache=self._cache
        )

    def retrieve(self, questions: Sequence[str]) -> list[list[int]]:
        """As the peers do, without reranking."""
        return [[hit.passage_id for hit in hits] for hits in self.hits(questions, limit=K)]

    def answer(self, questions: Sequence[str]) -> list[str]:
        """Several at once, as people ask: the engine reads for all of them together."""
        return list(self._crowd.map(self._read, questions))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *why: object) -> None:
        self._crowd.shutdown()
        self.engine.close()

    def hits(self, questions: Sequence[str], *, limit: int) -> list[Sequence[Hit]]:
        """What dense and lexical search joined find for each question, best first."""
        queries = (
            Query(text=question, vector=vector, vector_trust=self.engine.known_share(question), limit=limit)
            for question, vector in zip(questions, self.engine.embed(questions), strict=True)
        )
        return [self._searcher.search(query).hits for query in queries]

    def worth_reading(self, question: str) -> list[int]:
        """Passages in the order in which the product reads them."""
        hits = self.hits([question], limit=FOUND)[0]
        texts = [self._texts[hit.passage_id] for hit in hits]
        lists = lists_of(hits, self.engine.known_share(question))
        scores = rerank_scores(question, texts, [""] * len(texts), lists)
        return [hits[place].passage_id for place in (-scores).argsort(kind="stable")]

    def _read(self, question: str) -> str:
        given = [self._texts[number] for number in self.worth_reading(question)[:READ]]
        spans = self.engine.read(question, given, max_spans=1).spans
        return given[spans[0].passage][spans[0].start : spans[0].end] if spans else ""


class Haystack:
    """Dense and BM25 retrievers joined by reciprocal ranks, and the extractive reader behind them."""

    name: ClassVar[str] = "haystack"
    lists: ClassVar[str] = "hybrid"
    can_answer: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("haystack", "haystack_integrations.components.readers.transformers")

    def __init__(self, encoder: Path, reader: Path) -> None:
        from haystack.document_stores.in_memory import InMemoryDocumentStore
        from haystack.utils import ComponentDevice
        from haystack_integrations.components.embedders.sentence_transformers import (
            SentenceTransformersDocumentEmbedder as Embedder,
        )
        from haystack_integrations.components.readers.transformers import TransformersExtractiveReader as Reader

        cpu = ComponentDevice.from_str("cpu")
        self._encoder, self._store = str(encoder), InMemoryDocumentStore(embedding_similarity_function="cosine")
        self._embedder = Embedder(model=self._encoder, device=cpu, progress_bar=False)
        self._embedder.warm_up()
        self._search, self._asking = self._pipeline(K, cpu), self._pipeline(READ, cpu)
        self._asking.add_component("reader", Reader(model=reader, device=cpu, top_k=1, no_answer=False))
        self._asking.connect("joined.documents", "reader.documents")

    def ingest(self, passages: Mapping[int, str]) -> None:
        from haystack import Document

        documents = [Document(id=str(number), content=text) for number, text in passages.items()]
        self._store.write_documents(self._embedder.run(documents)["documents"])

    def retrieve(self, questions: Sequence[str]) -> list[list[int]]:
        return [
            [int(found.id) for found in self._search.run(_asked(question))["joined"]["documents"]]
            for question in questions
        ]

    def answer(self, questions: Sequence[str]) -> list[str]:
        runs = (self._asking.run(_asked(each) | {"reader": {"query": each}}) for each in questions)
        return [next((found.data or "" for found in run["reader"]["answers"]), "") for run in runs]

    def _pipeline(self, top_k: int, device: Any) -> Any:  # Any: Haystack's own
        from haystack import Pipeline as Graph
        from haystack.components.joiners import DocumentJoiner
        from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
        from haystack_integrations.components.embedders.sentence_transformers import SentenceTransformersTextEmbedder

        graph = Graph()
        graph.add_component(
            "embedded", SentenceTransformersTextEmbedder(model=self._encoder, device=device, progress_bar=False)
        )
        graph.add_component("dense", InMemoryEmbeddingRetriever(self._store, top_k=20))
        graph.add_component("lexical", InMemoryBM25Retriever(self._store, top_k=20))
        graph.add_component("joined", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=top_k))
        graph.connect("embedded.embedding", "dense.query_embedding")
        graph.connect("dense.documents", "joined.documents")
        graph.connect("lexical.documents", "joined.documents")
        return graph


class Txtai:
    """A hybrid embeddings database, and its extractive question answering over the three best passages."""

    name: ClassVar[str] = "txtai"
    lists: ClassVar[str] = "hybrid"
    needs: ClassVar[tuple[str, ...]] = ("txtai",)
    can_answer: ClassVar[bool] = True

    def __init__(self, encoder: Path, reader: Path) -> None:
        from txtai import RAG, Embeddings

        self._index = Embeddings(
            path=str(encoder), method="sentence-transformers", hybrid=True, content=True, gpu=False
        )
        self._rag = RAG(self._index, str(reader), gpu=False, task="question-answering", output="flatten")

    def ingest(self, passages: Mapping[int, str]) -> None:
        self._index.upsert(list(passages.items()))

    def retrieve(self, questions: Sequence[str]) -> list[list[int]]:
        return [[int(hit["id"]) for hit in hits] for hits in self._index.batchsearch(list(questions), K)]

    def answer(self, questions: Sequence[str]) -> list[str]:
        return [self._answer(question) for question in questions]

    def _answer(self, question: str) -> str:
        try:
            return self._rag([question])[0] or ""
        except TypeError:  # its likeliest span lies on a special token, which has no characters
            return ""


class LlamaIndex:
    """A vector index over FAISS. It answers by a language model alone, so its answers are not compared."""

    name: ClassVar[str] = "llamaindex"
    lists: ClassVar[str] = "dense"
    can_answer: ClassVar[bool] = False
    needs: ClassVar[tuple[str, ...]] = (
        "llama_index.core",
        "llama_index.embeddings.huggingface",
        "llama_index.vector_stores.faiss",
    )

    def __init__(self, encoder: Path, reader: Path) -> None:
        import faiss
        from llama_index.core import StorageContext, VectorStoreIndex
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding
        from llama_index.vector_stores.faiss import FaissVectorStore

        embedding = HuggingFaceEmbedding(model_name=str(encoder), device="cpu", embed_batch_size=32)
        store = FaissVectorStore(faiss_index=faiss.IndexFlatIP(len(embedding.get_text_embedding("width"))))
        storage = StorageContext.from_defaults(vector_store=store)
        self._index = VectorStoreIndex([], storage_context=storage, embed_model=embedding)
        self._retriever = self._index.as_retriever(similarity_top_k=K)

    def ingest(self, passages: Mapping[int, str]) -> None:
        from llama_index.core.schema import TextNode

        self._index.insert_nodes([TextNode(id_=str(number), text=text) for number, text in passages.items()])

    def retrieve(self, questions: Sequence[str]) -> list[list[int]]:
        return [[int(hit.node.node_id) for hit in self._retriever.retrieve(question)] for question in questions]

    def answer(self, questions: Sequence[str]) -> list[str]:
        raise NotImplementedError


PEERS: dict[str, type[Haystack | Txtai | LlamaIndex]] = {each.name: each for each in (Haystack, Txtai, LlamaIndex)}


def is_installed(peer: type[Pipeline]) -> bool:
    try:
        return all(find_spec(module) for module in peer.needs)
    except ModuleNotFoundError:
        return False


def plain_reader(target: Path) -> Path:
    """The joint reader as a folder that transformers loads: its words put back, fp32, quickest there."""
    shipped = EngineConfig(reader=JOINT).reader_path
    if shipped is None:
        raise FileNotFoundError("no reader is shipped")
    base = packaged_encoder()
    target.mkdir(parents=True)
    weights = restored(read_weights(shipped)) | {f"bert.{WORDS}": one_tensor(base, WORDS)}
    whole = {name: tensor.to(torch.float32).contiguous() for name, tensor in weights.items()}
    save_file(whole, target / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((shipped / "config.json").read_text(encoding="utf-8"))
    (target / "config.json").write_text(json.dumps({**config, "dtype": "float32"}))
    for name in ("vocab.txt", "special_tokens_map.json"):
        shutil.copyfile(base / name, target / name)
    load_tokenizer(base).save(str(target / "tokenizer.json"))
    settings = json.loads((base / "tokenizer_config.json").read_text(encoding="utf-8"))
    (target / "tokenizer_config.json").write_text(json.dumps({**settings, "model_max_length": 512}))
    return target


def lists_of(hits: Sequence[Hit], trust: float) -> Lists:
    """What reranking is told of hits, for a question that the encoder knows to the share ``trust``."""
    return Lists(
        fused=[hit.score for hit in hits],
        dense=[hit.dense_score for hit in hits],
        dense_rank=[hit.dense_rank for hit in hits],
        dense_share=Fusion().share(trust),
    )


def _asked(question: str) -> dict[str, dict[str, str]]:
    return {"embedded": {"text": question}, "lexical": {"query": question}}
