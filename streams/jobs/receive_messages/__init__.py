"""The kind `receive_messages`: what people write to a number comes to Kafka, and Infobip is told to tell of it."""
