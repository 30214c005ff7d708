"""The bell: one web component, and the markup that puts it into a page."""

from __future__ import annotations

from novu_core.inbox.markup import Options, bell
from novu_core.inbox.script import SCRIPT, Script, script

__all__ = ["SCRIPT", "Options", "Script", "bell", "script"]
