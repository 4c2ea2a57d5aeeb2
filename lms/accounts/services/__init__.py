"""Writing accounts: people, their sessions, their passwords, their recovery codes, and the doors that count tries."""
