"""What is wrong with a request in its situation: one module for each kind of finding."""
