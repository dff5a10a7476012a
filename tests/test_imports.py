"""Which module may import which: read from the source, so that every line that breaks the order is named."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import scorespace

ROOT = Path(scorespace.__file__).parent
# errors < {music, lock, latent} < models < {recipe, data} < checkpoint < {training, space} < evaluation, ... < cli
RANKS = {
    "errors": 0,
    "music": 1,
    "lock": 1,
    "models": 2,
    "latent": 1,
    "recipe": 3,
    "data": 3,
    "companion": 2,
    "vectors": 3,
    "styles": 3,
    "checkpoint": 4,
    "training": 5,
    "space": 5,
    "magenta": 5,
    "evaluation": 6,
    "demo": 6,
    "server": 6,
    "cli": 7,
}
FREE = {"__init__.py", "__main__.py"}  # the public names, which load when used, and the way into the command line
LIGHT = ("errors.py", "music", "cli")
FILES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, full module name) of every import in a tree, those inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: write imports in full, not relative"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def module_level(tree: ast.Module) -> ast.Module:
    """What runs when the module is imported: no function bodies, nothing that only type checkers read."""
    kept = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
    kept = [node for node in kept if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))]
    return ast.Module(kept, [])


def breaks(file: str, tree: ast.AST) -> list[str]:
    """The imports of a file that point right, or sideways."""
    mine = file.split("/")[0].removesuffix(".py")
    found = []
    for line, name in imports(tree):
        words = name.split(".")
        if words[0] != "scorespace" or len(words) == 1 or words[1] in ("__version__", mine):
            continue
        if words[1] not in RANKS or RANKS[words[1]] >= RANKS[mine]:
            found.append(f"{file}:{line}: {mine} imports {name}")
    return found


@pytest.mark.parametrize("file", [file for file in FILES if file not in FREE])
def test_imports_point_left(file):
    assert breaks(file, ast.parse((ROOT / file).read_text(encoding="utf-8"))) == []


def test_the_test_sees_what_it_is_for():
    wrong = ast.parse("def late():\n    from scorespace.space import load\nimport scorespace.training.loop\n")
    assert len(breaks("music/score.py", wrong)) == 2
    assert len(breaks("space/space.py", wrong)) == 1
    assert breaks("cli/sample.py", wrong) == []


@pytest.mark.parametrize("file", [file for file in FILES if file.startswith(LIGHT)])
def test_light_modules_import_no_torch(file):
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    tree = tree if file.startswith(("errors", "music")) else module_level(tree)
    assert [name for _, name in imports(tree) if name.split(".")[0] == "torch"] == []


@pytest.mark.parametrize("file", [file for file in FILES if file.startswith("cli")])
def test_commands_import_what_they_need_when_they_run(file):
    allowed = {*sys.stdlib_module_names, "typer"}
    ours = ("scorespace.cli", "scorespace.errors", "scorespace.__version__")
    names = [name for _, name in imports(module_level(ast.parse((ROOT / file).read_text(encoding="utf-8"))))]
    assert [name for name in names if name.split(".")[0] not in allowed and not name.startswith(ours)] == []


def test_one_module_knows_symusic():
    users = [
        file
        for file in FILES
        if any(name.split(".")[0] == "symusic" for _, name in imports(ast.parse((ROOT / file).read_text("utf-8"))))
    ]
    assert len(users) <= 1
    assert all(user.startswith("music/") for user in users)


@pytest.mark.parametrize("statement", ["import scorespace", "import scorespace.cli"])
def test_importing_is_light(statement):
    heavy = f"{statement}, sys; print(*sorted({{'torch', 'numpy', 'symusic', 'matplotlib'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
