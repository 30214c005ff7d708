"""Who runs what is due: a thread of this process."""
