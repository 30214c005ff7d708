"""The public names with their signatures, as ``public_api.txt`` keeps them: ``make api`` writes that file.

Public is what a module's ``__all__`` names, and what the reference pages (docs/reference) describe. Read from the
sources, so that every Python and every version of pydantic prints the same.
"""

from __future__ import annotations

import ast
import importlib
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGES = ("novu_core", "flask_novu")
_DIRECTIVE = re.compile(r"^\.\. auto(?:class|function|exception|data):: ([\w.]+)", re.M)


def main() -> None:
    """Print the file."""
    print("\n".join(lines()))


def lines() -> Iterator[str]:
    """The file's lines."""
    yield "# Every public name with its signature. `make api` writes this file; what leaves it breaks somebody's code."
    shown: dict[int, str] = {}
    for path, value in _names():
        if (known := shown.get(id(value))) is not None and callable(value):
            yield f"\n{path} = {known}"
            continue
        shown[id(value)] = path
        yield ""
        yield from _described(path, value)


def _names() -> Iterator[tuple[str, Any]]:
    paths = {f"{module}.{name}" for module, names in _exported() for name in names}
    pages = (ROOT / "docs" / "reference").glob("*.md")
    paths |= {path for page in pages for path in _DIRECTIVE.findall(page.read_text("utf-8"))}
    for path in sorted(paths, key=lambda each: (each.count("."), each)):
        module, _, name = path.rpartition(".")
        yield path, getattr(importlib.import_module(module), name)


def _exported() -> Iterator[tuple[str, list[str]]]:
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            parts = file.relative_to(ROOT).with_suffix("").parts
            for node in ast.parse(file.read_text("utf-8")).body:
                if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                    names = [name for name in ast.literal_eval(node.value) if not name.startswith("__")]
                    yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), names


def _described(path: str, value: Any) -> Iterator[str]:
    if isinstance(value, type) and value.__module__.split(".")[0] in PACKAGES:
        bases = [base.__name__ for base in value.__bases__ if not base.__name__.startswith("_") and base is not object]
        yield f"class {path}({', '.join(bases)})" if bases else f"class {path}"
        yield from (f"    {line}" for _, found in sorted(_members(value).items()) for line in found)
    elif callable(value) and getattr(value, "__module__", "").split(".")[0] in PACKAGES and hasattr(value, "__name__"):
        found = _definitions(_body(value.__module__, ()), value.__name__)
        yield from (f"def {path}{_signature(node)}" for node in found) if found else [f"{path}: a callable"]
    else:
        yield f"{path}: {'module' if isinstance(value, type(sys)) else 'a value'}"


def _members(kind: type) -> dict[str, list[str]]:
    """The public members by their names; those of a base where the class has none of its own."""
    found: dict[str, list[str]] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.split(".")[0] not in PACKAGES:
            continue
        body = _body(base.__module__, tuple(base.__qualname__.split(".")))
        for node in [*_set_by_init(body), *body]:
            for name in _bound(node):
                if name == "__init__" or not name.startswith("_"):
                    found[name] = [_member(name, each) for each in _definitions(body, name) or [node]]
    return found


def _bound(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.AnnAssign):
        return [ast.unparse(node.target)]
    return [ast.unparse(target) for target in node.targets] if isinstance(node, ast.Assign) else []


def _set_by_init(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The assignments to attributes in ``__init__``."""
    for init in _definitions(body, "__init__"):
        for node in _flat(init.body):
            if [name for name in _bound(node) if name.startswith("self.") and not name.startswith("self._")]:
                yield ast.parse(ast.unparse(node).replace("self.", "", 1)).body[0]


def _member(name: str, node: ast.stmt) -> str:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        decorators = {ast.unparse(each).split(".")[-1] for each in node.decorator_list}
        if decorators & {"property", "cached_property", "once", "kept"}:
            return f"{name}: {ast.unparse(node.returns) if node.returns else 'Any'}  # read only"
        marks = [f"@{mark} " for mark in ("classmethod", "staticmethod") if mark in decorators]
        return f"{''.join(marks)}{'async ' * isinstance(node, ast.AsyncFunctionDef)}def {name}{_signature(node)}"
    if isinstance(node, ast.AnnAssign):
        return f"{name}: {ast.unparse(node.annotation)}{'' if node.value is None else ' = ...'}"
    if isinstance(node, ast.Assign):
        return f"{name} = {node.value.value!r}" if isinstance(node.value, ast.Constant) else f"{name} = ..."
    return f"class {name}"


def _definitions(body: list[ast.stmt], name: str) -> list[Any]:
    """The functions of this name: the overloads where there are any, else the last one."""
    found = [node for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name]
    found = [node for node in found if not any("setter" in ast.unparse(each) for each in node.decorator_list)]
    overloads = [node for node in found if any("overload" in ast.unparse(each) for each in node.decorator_list)]
    return overloads or found[-1:]


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    returns = "" if node.returns is None else f" -> {ast.unparse(node.returns)}"
    args = ast.unparse(node.args).replace("lambda :", "lambda:")  # as Python 3.10 prints it
    return f"({args}){returns}"


def _body(module: str, names: tuple[str, ...]) -> list[ast.stmt]:
    """What stands in a module, or in a class of it; also below an ``if`` or a ``try``."""
    found = _source(module)
    for name in names:
        found = next((node.body for node in _flat(found) if isinstance(node, ast.ClassDef) and node.name == name), [])
    return list(_flat(found))


def _flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.If | ast.Try):
            yield from _flat([*node.body, *node.orelse])
        else:
            yield node


@cache
def _source(module: str) -> list[ast.stmt]:
    file = importlib.import_module(module).__file__
    return ast.parse(Path(file or "").read_text("utf-8")).body


if __name__ == "__main__":
    main()
