"""The model registry: from an approved model package to an endpoint config, and back."""
