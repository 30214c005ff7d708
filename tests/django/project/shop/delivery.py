import json
from pathlib import Path


class Mail:
    """Keeps every mail as a line of a file, which a test of another process can read."""

    def __init__(self, path: Path):
        self.path = path

    def send(self, message):
        with self.path.open("a", encoding="utf-8") as mails:
            mails.write(json.dumps({"to": message.to, **message.content}) + "\n")
