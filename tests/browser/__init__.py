"""Makes this folder a package, with whose last test the browser ends."""
