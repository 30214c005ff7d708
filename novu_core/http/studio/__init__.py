"""The Studio's page and its files; what it shows comes from the rest surface."""
