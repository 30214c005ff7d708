"""Where executions, messages and windows are kept: SQLAlchemy tables, one store."""
