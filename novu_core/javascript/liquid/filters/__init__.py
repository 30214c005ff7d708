"""The filters: liquidjs's, and Novu's own over them."""

from __future__ import annotations

from novu_core.javascript.liquid.context import Filter
from novu_core.javascript.liquid.filters import arrays, dates, encodings, novu, numbers, queries, strings

FILTERS: dict[str, Filter] = {
    **encodings.FILTERS,
    **numbers.FILTERS,
    **arrays.FILTERS,
    **queries.FILTERS,
    **dates.FILTERS,
    **strings.FILTERS,
    **novu.FILTERS,
}
