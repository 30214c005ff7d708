"""The Flask extension of novu_core."""
