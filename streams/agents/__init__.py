"""What runs a job: windows in flight, start positions, watchdogs. Knows no kind of job."""
