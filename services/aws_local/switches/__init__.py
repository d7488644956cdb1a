"""What makes the endpoint misbehave on purpose, and what enforces the service's quotas."""
