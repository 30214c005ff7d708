"""The embedded engine: drives workflows to their end, durably."""
