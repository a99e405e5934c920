"""The kind `sync_cohort`: each audience is mirrored whole as a list of Infobip's."""
