"""The program's schemes: data and rules."""
