"""Numbered changes of the schema. Each runs once, in order, under a lock (:func:`novu_core.storage.migrate.migrate`).

A released migration is never edited; it creates what it names itself and does not read ``tables.py``, which moves on.
"""
