"""Recorded executions that must replay for ever. A file here is never changed; ``record.py`` adds new ones."""
