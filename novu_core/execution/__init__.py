"""Runs a workflow function and evaluates what its steps declare."""
