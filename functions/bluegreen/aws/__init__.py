"""AWS in our words, by service: the only importers of boto3."""
