"""AWS in our words: the only importers of boto3."""
