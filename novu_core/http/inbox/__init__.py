"""The inbox API, as browsers use it: one subscriber's messages and preferences, opened by that subscriber's token."""
