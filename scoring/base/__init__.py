"""Words, numbers and files that every part uses."""
