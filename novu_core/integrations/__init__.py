"""One file for each web framework beside Flask."""
