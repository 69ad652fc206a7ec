"""Virtual time: tasks that take turns, the clock that hands them out, and its pace in real time."""
