"""What Infobip tells, read into records: reports, clicks, inbound messages and consents. Quiet: no I/O, no clock."""
