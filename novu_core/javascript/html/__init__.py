"""sanitize-html, with the tokenizer of htmlparser2 under it."""
