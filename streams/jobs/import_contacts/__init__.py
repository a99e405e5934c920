"""The kind `import_contacts`: people of Infobip are read, and written to Kafka as contacts."""
