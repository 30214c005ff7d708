"""Novu's own API, for apps whose workflows Novu drives."""
