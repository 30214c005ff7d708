"""Texts of messages from an app's templates: rendered in the recipient's language, HTML made ready for mail readers."""
