"""Phone verification for pytest."""
