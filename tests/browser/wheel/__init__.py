"""What is installed from a wheel. A package, as its parent is."""
