"""One module for each thing that people ask a function for by name: abort and forget."""
