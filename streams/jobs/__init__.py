"""The shelf of kinds of jobs: a folder for each, whose value KIND says all that the rest of the house asks of it.

In a folder stand `plan` (what it decides, quiet), `topics` (what it writes), `start` (what it prepares), `check` (what
`check --online` asks for it), `dry_run` (what `preview` drives), and what is its own.
"""
