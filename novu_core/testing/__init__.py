"""Tools for users' own tests."""
