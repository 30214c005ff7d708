"""A real PostgreSQL, a real Redis and two workers of Celery: whatever is killed, nothing is lost and no message is doubled."""

from __future__ import annotations

import pytest

from tests.queues.faults import FAULTS
from tests.queues.scene import Scene


@pytest.mark.parametrize("name", FAULTS)
def test_nothing_is_lost(name, tmp_path, postgres_url):
    fault, settings = FAULTS[name]
    scene = Scene(tmp_path, postgres_url, **settings)
    try:
        fault(scene)
    finally:
        scene.close()
