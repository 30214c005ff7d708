"""What users ask of a client, one file a manager, named after those of Novu's SDK."""
