"""The kind `store_history`: messages and all that becomes of them are kept in a database."""
