"""One module a Lambda function: parse, build the adapters, call an operation."""
