"""Faces beside Flask, and what the faces share: the commands."""
