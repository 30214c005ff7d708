"""Filters for dates and numbers, by Babel, under the names that Flask-Babel gives them; where it is, by it.

They write for the recipient: in their language, times in their time zone. Texts in ISO 8601, which a payload holds, are
read as times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from dateutil.parser import isoparse

from novu_core.clock import UTC
from novu_core.errors import ConfigurationError
from novu_core.lines import logger_of
from novu_core.templates.language import current

logger = logger_of(__name__)
_DEFAULT = "en"
Filter = Callable[..., Any]


def filters(given: Mapping[str, Filter]) -> dict[str, Filter]:
    """Return the filters. ``given``: those of the app, of which each of the same name does the work in ours."""
    made = {name: given.get(name, own) for name, own in _OWN.items()}
    return {name: _reading(work) if name in _TIMES else work for name, work in made.items()}


def _reading(work: Filter) -> Filter:
    def of_times(value: Any = None, *args: Any, **options: Any) -> Any:
        return work(_moment(value) if isinstance(value, str) else value, *args, **options)

    return of_times


def _moment(text: str) -> date | datetime | time:
    """A text of ISO 8601. Raises ValueError."""
    text = text.strip()
    if len(text) == 10:
        return date.fromisoformat(text)
    if ":" in text[:6]:
        return time.fromisoformat(text)
    return isoparse(text)


def _babel() -> Any:
    try:
        import babel.dates
        import babel.numbers
    except ImportError:
        raise ConfigurationError(
            "The filters for dates and numbers need Babel: pip install 'flask-novu[i18n]'"
        ) from None
    return babel


def _locale() -> Any:
    return _locale_of(tuple(current().candidates))


@lru_cache(maxsize=256)
def _locale_of(candidates: tuple[str, ...]) -> Any:
    """The first locale that Babel knows; English for none."""
    babel = _babel()
    for name in candidates:
        try:
            return babel.Locale.parse(name)
        except (ValueError, babel.UnknownLocaleError):
            continue
    if candidates:
        logger.warning("The locale %r is not known; %s is used.", candidates[0], _DEFAULT)
    return babel.Locale.parse(_DEFAULT)


def _local(value: datetime, rebase: bool) -> datetime:
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(current().zone) if rebase else value


def _datetimeformat(value: Any = None, format: str = "medium", rebase: bool = True) -> Any:  # Flask-Babel's
    value = current().now if value is None else value
    if isinstance(value, date) and not isinstance(value, datetime):
        value, rebase = datetime.combine(value, time()), False
    local = _local(value, rebase)
    return _babel().dates.format_datetime(local, format, local.tzinfo, _locale())


def _dateformat(value: Any = None, format: str = "medium", rebase: bool = True) -> Any:  # Flask-Babel's
    value = current().now if value is None else value
    return _babel().dates.format_date(
        _local(value, rebase) if isinstance(value, datetime) else value, format, _locale()
    )


def _timeformat(value: Any = None, format: str = "medium", rebase: bool = True) -> Any:  # Flask-Babel's
    value = current().now if value is None else value
    if isinstance(value, datetime):
        value = _local(value, rebase)
    return _babel().dates.format_time(value, format, value.tzinfo, _locale())


def _timedeltaformat(
    value: Any, granularity: str = "second", add_direction: bool = False, threshold: float = 0.85
) -> Any:
    if isinstance(value, datetime):
        value = current().now - (value if value.tzinfo else value.replace(tzinfo=UTC))
    if isinstance(value, int | float):
        value = timedelta(seconds=value)
    return _babel().dates.format_timedelta(
        value, granularity, threshold=threshold, add_direction=add_direction, locale=_locale()
    )


def _numberformat(value: Any) -> Any:
    return _babel().numbers.format_decimal(value, locale=_locale())


def _decimalformat(value: Any, format: str | None = None) -> Any:  # Flask-Babel's
    return _babel().numbers.format_decimal(value, format, _locale())


def _currencyformat(
    value: Any,
    currency: str,
    format: str | None = None,  # Flask-Babel's
    currency_digits: bool = True,
    format_type: str = "standard",
) -> Any:
    return _babel().numbers.format_currency(
        value, currency, format, _locale(), currency_digits=currency_digits, format_type=format_type
    )


def _percentformat(value: Any, format: str | None = None) -> Any:  # Flask-Babel's
    return _babel().numbers.format_percent(_number(value), format, _locale())


def _scientificformat(value: Any, format: str | None = None) -> Any:  # Flask-Babel's
    return _babel().numbers.format_scientific(_number(value), format, _locale())


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, str) else value


_OWN: dict[str, Filter] = {
    "datetimeformat": _datetimeformat,
    "dateformat": _dateformat,
    "timeformat": _timeformat,
    "timedeltaformat": _timedeltaformat,
    "numberformat": _numberformat,
    "decimalformat": _decimalformat,
    "currencyformat": _currencyformat,
    "percentformat": _percentformat,
    "scientificformat": _scientificformat,
}
_TIMES = frozenset({"datetimeformat", "dateformat", "timeformat", "timedeltaformat"})
