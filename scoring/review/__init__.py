"""Reviews of findings: decisions that are tied to what they were made on, tried before they are saved."""
