"""What all parts share: errors, findings, the types of what crosses between them, texts, times."""
