"""Loaded before Django: the suite keeps its data in a folder of its own and reads no `.env`."""

import os
import tempfile

_folder = tempfile.TemporaryDirectory(prefix="kbqa-tests-")

os.environ["KBQA_DATA_DIR"] = _folder.name
os.environ["KBQA_SECRET_KEY"] = "a-key-for-tests-only-0123456789-abcdefghijklmnopqrstuvwxyz"
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.mkdir(os.path.join(_folder.name, "static"))
