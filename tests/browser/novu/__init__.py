"""Novu's own clients. A package, as its parent is."""
