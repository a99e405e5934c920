"""The door to Infobip: performs calls, waits when told to, decides nothing."""
