"""JSON that cannot be changed: dicts and lists, equal to the plain ones and printed as they are."""

from __future__ import annotations

from typing import Any, NoReturn


def frozen(value: Any) -> Any:
    """Return a copy of JSON data that raises TypeError where someone changes it, at any depth."""
    if isinstance(value, dict):
        return FrozenDict({key: frozen(item) for key, item in value.items()})
    return FrozenList(map(frozen, value)) if isinstance(value, list) else value


def _refuse(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
    raise TypeError("A recorded result cannot be changed; copy it first, as with copy.deepcopy(result).")


def _thaw(self: Any, memo: Any = None) -> Any:
    """Return a plain copy, which may be changed."""
    if isinstance(self, dict):
        return {key: _thaw(item) for key, item in self.items()}
    return [_thaw(item) for item in self] if isinstance(self, list) else self


class FrozenDict(dict[str, Any]):
    """A dict that cannot be changed."""

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse
    __deepcopy__ = _thaw

    def __reduce__(self) -> tuple[Any, ...]:
        """Be pickled as the plain dict."""
        return dict, (_thaw(self),)


class FrozenList(list[Any]):
    """A list that cannot be changed."""

    __setitem__ = __delitem__ = __iadd__ = __imul__ = append = clear = extend = insert = pop = remove = _refuse
    reverse = sort = _refuse
    __deepcopy__ = _thaw

    def __reduce__(self) -> tuple[Any, ...]:
        """Be pickled as the plain list."""
        return list, (_thaw(self),)
