"""Departments are heard: a notice goes out with a form, the form comes back, and its answers are written down."""
