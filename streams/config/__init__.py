"""jobs.yaml read: its text, its files, its models, and every fault in words."""
