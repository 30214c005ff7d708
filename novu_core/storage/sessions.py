"""What a user may lend for a trigger: a session or a connection of SQLAlchemy's, for blocking code or asyncio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import Connection
from sqlalchemy.exc import UnboundExecutionError

from novu_core.errors import ConfigurationError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_scoped_session
    from sqlalchemy.orm import Session, scoped_session

Lendable: TypeAlias = "Session | scoped_session[Any] | Connection"
AsyncLendable: TypeAlias = "AsyncSession | async_scoped_session[Any] | AsyncConnection"


def lendable(given: Any) -> Any:
    """Return the Session, Connection, AsyncSession or AsyncConnection that was given. Raises TypeError."""
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_scoped_session
    from sqlalchemy.orm import Session, scoped_session

    found = given() if isinstance(given, (scoped_session, async_scoped_session)) else given
    if isinstance(found, (Session, Connection, AsyncSession, AsyncConnection)):
        return found
    raise TypeError(
        "session= takes an SQLAlchemy Session, scoped_session or Connection, and in atrigger() an AsyncSession or "
        f"AsyncConnection, not {given!r}."
    )


def is_async(lent: Any) -> bool:
    """Whether it lends its connection in coroutines only, through ``run_sync``."""
    return hasattr(lent, "run_sync")


def connection_of(lent: Any) -> Connection:
    """Return the connection of a Session's transaction, which begins with it; no flush is made.

    Raises ConfigurationError where the session has a bind for each of its tables and none for all.
    """
    if isinstance(lent, Connection):
        return lent
    try:
        connection: Connection = lent.connection()
    except UnboundExecutionError as error:
        raise ConfigurationError(
            "This session has no bind of its own, so it is unclear which of its databases is the store's; pass the "
            "right connection: session=session.connection(bind_arguments={...})."
        ) from error
    return connection
