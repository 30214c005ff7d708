"""The routes for whoever holds the API key: workflows, executions, controls."""
