"""Numbered changes of the schema. Each runs once, in order, under a lock (:func:`novu_core.storage.migrate.migrate`).

A released migration is never edited; it creates what it names itself and does not read ``tables.py``, which moves on.
One that must compute what it writes is a module, ``m0004_people.py``, whose STEPS are statements and functions.
"""
