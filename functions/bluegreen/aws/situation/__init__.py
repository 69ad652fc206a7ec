"""The situation of a request, read from the account or from a file in AWS's own shapes."""
