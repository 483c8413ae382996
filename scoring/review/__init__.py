"""Reviews of findings: decisions tied to the evidence they were made on, and tried out before they are saved."""
