"""Notification workflows as plain Python functions: the engine under flask_novu, free of any web framework."""
