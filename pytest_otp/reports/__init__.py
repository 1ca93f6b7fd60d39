"""What people read: texts of failures, and later summaries and files."""
