"""The smoke run: everything that only a real account can show, and all of it deleted again."""
