"""Stand-ins for the arguments of a workflow function while it is run only to see its steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Placeholder(str):
    """Survives what function bodies do with data, and is empty, zero and false, as the peer's ``{}`` is at discovery.

    A str subclass, so that joining, formatting and serializing accept it.
    """

    __slots__ = ()

    def __new__(cls) -> Placeholder:
        """Make an empty one."""
        return super().__new__(cls)

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("__"):
            return super().__getattribute__(name)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Placeholder:
        """Be a method too: ``payload.items()``, ``payload.name.upper()``."""
        return self

    def __getitem__(self, key: Any) -> Placeholder:
        return self

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __contains__(self, item: object) -> bool:
        return False

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    __hash__ = str.__hash__

    def _same(self: Any, *_: Any) -> Any:
        return self

    def _false(self, *_: Any) -> Any:
        return False

    def _zero(self, *_: Any) -> Any:
        return 0

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = __rmod__ = _same
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __neg__ = __pos__ = __abs__ = __round__ = _same
    __enter__ = __exit__ = _same
    __lt__ = __le__ = __gt__ = __ge__ = _false
    __int__ = __index__ = _zero

    def __float__(self) -> float:
        return 0.0

    def __format__(self, spec: str) -> str:
        return ""
