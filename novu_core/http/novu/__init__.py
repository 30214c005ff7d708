"""Novu's server API, as Novu's own clients need it: change their address, and they drive this engine."""
