"""What only the paper of the model has: its published numbers and its figures."""
