"""`python -m inference --listen …`: load the networks once, and serve them to other processes until told to stop.

SIGTERM and Ctrl-C let what runs finish. An engine that has stopped for good, or hangs,
ends the process, so that whoever started it starts it anew.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import get_args

# Two idle torch threads on a busy machine spin and steal the core from the one that works.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from .base import AnyEngine
from .config import DecodingConfig, EngineConfig, Precision
from .engine import Engine
from .errors import ConfigError
from .rpc.address import Address
from .rpc.server import EngineServer

log = logging.getLogger("inference")

_GRACE_S = 15.0
_LOOK_EVERY_S = 1.0
_MAX_DOUBTS = 5  # looks in a row at an engine that is not ready, before the process is given up


def main() -> int:
    options = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        address = Address.parse(options.listen)
        config = EngineConfig(
            encoder=options.encoder,
            reader=options.reader,
            use_reader=not options.no_reader,
            read_first=options.read_first,
            generator=options.generator,
            allow_downloads=options.allow_downloads,
            quantization=options.quantization,
            device=options.device,
            onnx=options.onnx,
            threads=options.threads,
            states_folder=options.states_folder,
            states_mb=options.states_mb,
            max_queue=options.max_queue,
            decoding=DecodingConfig(
                max_context_length=options.max_context_length,
                cache_mb=options.cache_mb,
                device=options.generator_device,
                precision=options.generator_precision,
                int8_inputs=not options.no_int8_inputs,
                int8_prompts=options.int8_prompts,
                fused_steps=not options.no_fused_steps,
                sparse_attention=options.sparse_attention,
                decode_keys=options.decode_keys,
                passage_folder=options.passage_folder,
                passage_mb=options.passage_mb,
            ),
        )
        with Engine(config) as engine:
            server = EngineServer(engine, address, key=_key(), certificate=_certificate(options))
            server.start()
            gc.collect()
            gc.freeze()  # what is loaded stays: looking through it again would hold up a step for a quarter of a second
            log.info("serving on %s, in %s", address, engine.precision)
            if not _watch(engine, stopping):
                log.critical("the engine hangs or has stopped; ending the process")
                os._exit(1)  # what hangs would be waited for
            server.stop(grace_s=_GRACE_S)
    except (ConfigError, OSError) as error:
        log.critical("%s", error)
        return 2
    log.info("stopped")
    return 0


def _watch(engine: AnyEngine, stopping: threading.Event) -> bool:
    """Until told to stop: True; until the engine is beyond hope: False."""
    doubts = 0
    while not stopping.wait(_LOOK_EVERY_S):
        doubts = 0 if engine.is_ready else doubts + 1
        if doubts > _MAX_DOUBTS:
            return False
    return True


def _parser() -> argparse.ArgumentParser:
    default = EngineConfig()
    parser = argparse.ArgumentParser(
        prog="python -m inference",
        description="Serve the engine over gRPC to processes whose KBQA_ENGINE_URL names it.",
        epilog="The key that callers must show is KBQA_ENGINE_KEY, or the content of the file KBQA_ENGINE_KEY_FILE: "
        "needed on a port, as good as the socket's permissions elsewhere. Health and reflection are the usual gRPC "
        "services. SIGTERM lets running calls finish.",
    )
    parser.add_argument(
        "--listen", required=True, metavar="ADDRESS", help="unix:PATH, or HOST:PORT such as 127.0.0.1:50051"
    )
    parser.add_argument("--encoder", metavar="FOLDER", help="a sentence-transformers folder or hub id (MiniLM)")
    parser.add_argument(
        "--reader",
        metavar="FOLDER",
        help="an extractive question-answering folder or hub id; joint: the other one that ships (the one shipped)",
    )
    parser.add_argument("--no-reader", action="store_true", help="answer with evidence sentences alone")
    parser.add_argument(
        "--read-first",
        type=int,
        default=default.read_first,
        help="passages read before the others, which are left where those answer (%(default)s)",
    )
    parser.add_argument("--generator", metavar="FOLDER", help="folder or hub id of a Qwen2, Qwen3 or Llama (none)")
    parser.add_argument("--allow-downloads", action="store_true", help="fetch a hub id that the local cache lacks")
    parser.add_argument(
        "--quantization", choices=get_args(Precision), default=default.quantization, help="arithmetic (%(default)s)"
    )
    parser.add_argument("--device", default=default.device, help="cpu; auto: where it costs least; or a kind of device")
    parser.add_argument(
        "--onnx", metavar="FOLDER", help="run encoder and reader by onnxruntime, as inference.export wrote them (none)"
    )
    parser.add_argument("--threads", type=int, default=default.threads, help="torch threads (%(default)s)")
    parser.add_argument("--max-queue", type=int, default=default.max_queue, help="requests that may wait (%(default)s)")
    parser.add_argument(
        "--max-context-length",
        type=int,
        default=default.decoding.max_context_length,
        help="tokens of a prompt and what is generated from it (%(default)s)",
    )
    parser.add_argument(
        "--cache-mb", type=int, default=default.decoding.cache_mb, help="the generator's KV cache (%(default)s)"
    )
    parser.add_argument(
        "--generator-device", default=default.decoding.device, help="the generator's kind of device (%(default)s)"
    )
    parser.add_argument(
        "--generator-precision",
        choices=get_args(Precision),
        default=default.decoding.precision,
        help="the generator's arithmetic; auto: int8 on the processor, bf16 elsewhere (%(default)s)",
    )
    parser.add_argument(
        "--no-int8-inputs", action="store_true", help="keep what goes into written tokens' products as it is: slower"
    )
    parser.add_argument(
        "--int8-prompts", action="store_true", help="round prompts' inputs too: faster, weights held twice, less exact"
    )
    parser.add_argument(
        "--no-fused-steps", action="store_true", help="run decode steps op by op where they could run whole"
    )
    parser.add_argument(
        "--sparse-attention", action="store_true", help="let long prompts leave most far blocks out (docs/engine.md)"
    )
    parser.add_argument(
        "--decode-keys",
        type=int,
        default=0,
        metavar="N",
        help="a new token attends to the N keys likeliest to matter",
    )
    parser.add_argument(
        "--passage-folder", metavar="FOLDER", help="keep passages' keys there, computed once each (none)"
    )
    parser.add_argument(
        "--passage-mb", type=int, default=default.decoding.passage_mb, help="how much it may hold (%(default)s)"
    )
    parser.add_argument(
        "--states-folder", metavar="FOLDER", help="keep there what a reader with layers apart makes of passages (none)"
    )
    parser.add_argument("--states-mb", type=int, default=default.states_mb, help="how much that may hold (%(default)s)")
    parser.add_argument("--tls-certificate", type=Path, metavar="FILE", help="PEM of the certificate and its chain")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="PEM of its private key")
    return parser


def _key() -> str:
    path = os.environ.get("KBQA_ENGINE_KEY_FILE")
    return Path(path).read_text(encoding="utf-8").strip() if path else os.environ.get("KBQA_ENGINE_KEY", "")


def _certificate(options: argparse.Namespace) -> tuple[bytes, bytes] | None:
    if (options.tls_certificate is None) != (options.tls_key is None):
        raise ConfigError("--tls-certificate and --tls-key come together")
    return (options.tls_key.read_bytes(), options.tls_certificate.read_bytes()) if options.tls_key else None


if __name__ == "__main__":
    sys.exit(main())
