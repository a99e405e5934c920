"""The kind `webhook`: each event is rendered by a template and sent to Infobip, or to any other address."""
