"""Who may import whom, read from the source itself.

The table is ARCHITECTURE.md's; nothing is imported to check it, so a module that cannot be imported
is judged all the same.
"""

from __future__ import annotations

import ast
import itertools
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("db", "stages", "pipeline", "webui")

# The longest name that fits a module decides. A package may always import itself.
MAY_IMPORT = {
    "db": (),
    "stages.formats": (),
    "stages": ("db", "stages.formats"),
    "pipeline": ("db",),
    "webui": ("db", "pipeline.child", "pipeline.dry_runs", "pipeline.tasks", "stages.formats"),
}
FRAMEWORKS_STAGES_DO_WITHOUT = {"huey", "flask", "click"}


def modules() -> list[str]:
    files = itertools.chain.from_iterable((ROOT / package).rglob("*.py") for package in OURS)
    names = (".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files)
    return sorted(name.removesuffix(".__init__") for name in names)


def imports(module: str) -> set[str]:
    """Every name that a module imports, wherever in it: `from a.b import c` counts as `a.b.c`."""
    path = ROOT / Path(*module.split("."))
    is_package = path.is_dir()
    package = module if is_package else module.rpartition(".")[0]
    source = path / "__init__.py" if is_package else path.with_suffix(".py")
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_bytes())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *filter(None, [node.module])])
            names.update(f"{base}.{alias.name}" for alias in node.names)
    return names


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def house_of(module: str) -> str:
    return max((name for name in MAY_IMPORT if within(module, name)), key=len)


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_only_what_its_package_may(module: str) -> None:
    house = house_of(module)
    allowed = (house, *MAY_IMPORT[house])
    ours = {name for name in imports(module) if name.partition(".")[0] in OURS}
    assert not {name for name in ours if not any(within(name, package) for package in allowed)}


@pytest.mark.parametrize("module", [name for name in modules() if within(name, "stages")])
def test_a_stage_knows_no_framework(module: str) -> None:
    assert not {name.partition(".")[0] for name in imports(module)} & FRAMEWORKS_STAGES_DO_WITHOUT


@pytest.mark.parametrize("module", [name for name in modules() if within(name, "stages")])
def test_a_stage_cannot_touch_reading_data(module: str) -> None:
    assert not {name for name in imports(module) if within(name, "db.reading")}


def test_the_four_packages_are_looked_at() -> None:
    assert {name.partition(".")[0] for name in modules()} == set(OURS)
