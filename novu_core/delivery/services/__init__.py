"""Services that send messages, each over its own HTTP API; the schemes of their URLs."""
