"""Attributes that are built on first use, so that what an app sets after mounting a client still applies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

from typing_extensions import Self

from novu_core.threads import OwnLock

T = TypeVar("T")


class Lazy:
    """A base of objects with :class:`once` attributes, which share one lock."""

    def __init__(self) -> None:
        self._building = OwnLock()


class once(Generic[T]):  # noqa: N801  # used as a decorator, as ``property`` is
    """A method whose result is kept as the attribute of its name; only one thread calls it."""

    def __init__(self, build: Callable[[Any], T]) -> None:
        self._build = build
        self.__doc__ = build.__doc__

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, instance: Lazy, owner: type[Any]) -> T: ...
    def __get__(self, instance: Lazy | None, owner: type[Any]) -> T | Self:
        if instance is None:
            return self
        with instance._building:
            if not built(instance, self._name):
                instance.__dict__.setdefault(self._name, self._build(instance))  # building may have built it on its way
        result: T = instance.__dict__[self._name]
        return result


def built(instance: Lazy, name: str) -> bool:
    """Whether the attribute was built already."""
    return name in instance.__dict__
