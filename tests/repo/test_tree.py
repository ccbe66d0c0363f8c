"""README's map is the tree: every place it names is there, and every folder with code is named."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_ON_THE_MAP = {"migrations", "management", "commands"}  # Django's own folders
_LINE = re.compile(r"^(?P<indent> *)(?P<name>[\w./-]+) {2,}(?P<meaning>\S.*)$")


def test_every_place_on_the_map_is_there():
    assert [place for place in mapped() if not (ROOT / place).exists()] == []


def test_every_folder_with_code_is_on_the_map():
    assert sorted(folders_with_code() - set(mapped())) == []


def mapped() -> list[str]:
    """The paths of the map, from the block of README that follows its heading."""
    block = (ROOT / "README.md").read_text().split("## The map")[1].split("```")[1]
    places: list[str] = []
    parents: list[str] = []
    for line in filter(str.strip, block.splitlines()):
        found = _LINE.match(line)
        assert found, f"not a line of a map: {line!r}"
        depth = len(found["indent"]) // 2
        parents = [*parents[:depth], found["name"].rstrip("/")]
        places.append("/".join(parents))
    return places


def folders_with_code() -> set[str]:
    """Folders of Python files that git keeps, the tests' own left to testpaths."""
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    folders = {path.parent for path in map(Path, listed.splitlines())}
    return {
        folder.as_posix()
        for folder in folders
        if folder.parts and folder.parts[0] != "tests" and not NOT_ON_THE_MAP & set(folder.parts)
    }
