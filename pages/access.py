"""Access: which reads this connection may make, and the policies that the dashboard needs."""

from dashboard.components import access

memory_id = access.memory_to_try()
access.tried(memory_id)
access.policies(access.arns(memory_id))
