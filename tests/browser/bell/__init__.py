"""The bell. A package, as its parent is."""
