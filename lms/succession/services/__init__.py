"""What people do with critical roles, and what becomes of roles when people go."""
