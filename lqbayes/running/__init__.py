"""Many populations side by side: tasks, engines, rounds, status, resume, signals."""
