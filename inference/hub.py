"""A checkpoint's name → its folder: a folder of this machine, or a hub id out of the local Hugging Face cache.

Nothing is downloaded unless that was allowed; and then only what this engine reads.
"""

from __future__ import annotations

import re
from pathlib import Path

from .errors import ConfigError

_HUB_ID = re.compile(r"[\w-][\w.-]*/[\w.-]+")
_READ = ["*.safetensors", "*.json", "*.jinja", "1_Pooling/*.json"]


def checkpoint_folder(name: str, *, what: str, allow_downloads: bool = False) -> Path:
    """Where ``name`` lies; ConfigError, which calls it ``what``, when it is nowhere."""
    if name and Path(name).is_dir():
        return Path(name)
    if not _HUB_ID.fullmatch(name):
        raise ConfigError(f"there is no {what} in {name}")
    from huggingface_hub import snapshot_download  # a second's worth of imports, for those who name a hub id

    try:
        return Path(snapshot_download(name, local_files_only=not allow_downloads, allow_patterns=_READ))
    except (OSError, ValueError) as error:  # what its errors have in common, whether of files or of the network
        hint = "" if allow_downloads else "; downloads are not allowed (KBQA_ALLOW_DOWNLOADS)"
        raise ConfigError(f"there is no {what} in {name}, neither as a folder nor in the cache{hint}") from error
