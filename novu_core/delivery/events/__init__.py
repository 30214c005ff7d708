"""What providers report of messages that have left: bounces and complaints, each in the words of one service."""
