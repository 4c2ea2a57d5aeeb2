"""Writing training: publishing, learning, attempts, assignments."""
