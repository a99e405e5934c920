"""Requests to Infobip and their answers, as values. Quiet: no I/O, no clock."""
