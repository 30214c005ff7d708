"""Which client a bare trigger means."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.mission("P-US1.2")
def test_a_plain_script_needs_no_server_and_no_keys(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from novu_core import workflow\n"
        "@workflow('hi')\n"
        "def hi(payload, step):\n"
        "    step.in_app('a', {'body': payload['text']})\n"
        "print(hi.trigger(to='ada', payload={'text': 'x'}).status)\n"
    )
    answer = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, cwd=tmp_path)
    assert answer.stdout.strip() == "completed", answer.stderr
