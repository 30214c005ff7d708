"""JSON that cannot be changed: dicts and lists, equal to the plain ones and printed as they are."""

from __future__ import annotations

from typing import Any, NoReturn


def frozen(value: Any) -> Any:
    """Return a copy of JSON data that raises TypeError where someone changes it, at any depth."""
    if isinstance(value, dict):
        return FrozenDict({key: frozen(item) if isinstance(item, _NESTED) else item for key, item in value.items()})
    return FrozenList(map(frozen, value)) if isinstance(value, list) else value


_NESTED = (dict, list)


def _refuse(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
    raise TypeError("A recorded result cannot be changed; copy it first, as with copy.deepcopy(result).")


def thawed(value: Any, memo: Any = None) -> Any:
    """Return a plain copy of JSON data, frozen or not, which may be changed."""
    if isinstance(value, dict):
        return {key: thawed(item) for key, item in value.items()}
    return [thawed(item) for item in value] if isinstance(value, list) else value


class FrozenDict(dict[str, Any]):
    """A dict that cannot be changed."""

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse
    __deepcopy__ = thawed

    def __reduce__(self) -> tuple[Any, ...]:
        """Be pickled as the plain dict."""
        return dict, (thawed(self),)


class FrozenList(list[Any]):
    """A list that cannot be changed."""

    __setitem__ = __delitem__ = __iadd__ = __imul__ = append = clear = extend = insert = pop = remove = _refuse
    reverse = sort = _refuse
    __deepcopy__ = thawed

    def __reduce__(self) -> tuple[Any, ...]:
        """Be pickled as the plain list."""
        return list, (thawed(self),)
