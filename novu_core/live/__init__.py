"""The hub that tells open inboxes what changed, and the sockets that it tells it by."""
