"""What all parts agree on: errors, findings, the types that cross between them, texts and times."""
