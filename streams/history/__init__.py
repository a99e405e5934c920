"""The door to the database that messages and all that becomes of them are kept in. Knows no job and no brokers."""
