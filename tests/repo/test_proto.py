"""The messages in the tree are those of engine.proto."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROTO = Path("inference/rpc/engine.proto")


def test_generated_code_is_that_of_the_proto(tmp_path: Path):
    made = [f"--python_out={tmp_path}", f"--pyi_out={tmp_path}"]
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", "-I", ".", *made, str(PROTO)], cwd=ROOT, check=True)

    for name in ("engine_pb2.py", "engine_pb2.pyi"):
        assert _words(tmp_path / PROTO.parent / name) == _words(ROOT / PROTO.parent / name), "stale: run `make proto`"


def _words(path: Path) -> list[str]:
    """Without the compiler's own version, which may differ."""
    return [line for line in path.read_text().splitlines() if "Version" not in line and not line.strip(" ,'").isdigit()]
