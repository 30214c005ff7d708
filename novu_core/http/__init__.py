"""The one request handler that every framework mounts."""
