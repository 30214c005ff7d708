"""Where runs, their messages and subscribers are kept: SQLAlchemy tables, and one store over them."""
