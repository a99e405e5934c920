"""What may stand in the texts of messages: tokens, links, markup, blanks, and what is another language's."""
