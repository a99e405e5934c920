"""The words of jobs.yaml that all jobs share, and the forms of its values."""
