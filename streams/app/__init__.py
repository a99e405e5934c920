"""The process: jobs that run together, and what is asked before they do."""
