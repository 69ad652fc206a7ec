"""IAM: what the policies of a role allow."""
