"""What users write: workflows, steps, schemas, conditions and schedules."""
