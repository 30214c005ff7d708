"""The example app. A package, as its parent is."""
