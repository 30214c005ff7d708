"""What ``{% load novu %}`` finds."""
