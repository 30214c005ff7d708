"""The Studio. A package, as its parent is."""
