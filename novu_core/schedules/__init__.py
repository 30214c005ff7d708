"""Pure time: cron expressions, windows, opening hours, retries, and the checks of a schedule."""
