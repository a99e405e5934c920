"""What comes back of messages: their fates, reports that are posted or pulled, what people do, and who is told."""
