"""Prints constraints/dev.txt: what this environment has of everything that development needs. ``make pins`` runs it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Print each pin. An older Python has other versions of some, and so gets what pip finds."""
    print("# What `make test` installs, so that it is the same today and in a year. `make pins` writes this file.")
    here = "{}.{}".format(*sys.version_info)
    for name, version in sorted(found().items()):
        print(f'{name}=={version} ; python_version >= "{here}"')


def found() -> dict[str, str]:
    """The versions by name."""
    pins: dict[str, str] = {}
    wanted = list(roots())
    for requirement in wanted:  # grows on the way
        try:
            installed = distribution(requirement.name)
        except PackageNotFoundError:  # of another Python or system
            continue
        pins[canonicalize_name(requirement.name)] = installed.version
        for further in map(Requirement, installed.requires or ()):
            extras = [{"extra": extra} for extra in ("", *requirement.extras)]
            needed = further.marker is None or any(further.marker.evaluate(extra) for extra in extras)
            if needed and further not in wanted:
                wanted.append(further)
    return pins


def roots() -> Iterator[Requirement]:
    """What pyproject.toml asks for, with all extras and groups."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    extras = project["project"]["optional-dependencies"].values()
    for group in (project["project"]["dependencies"], *extras, *project["dependency-groups"].values()):
        yield from (Requirement(text) for text in group if isinstance(text, str))


if __name__ == "__main__":
    main()
