"""From evidence to scorecards: rules judge, decisions count, settlement adds up."""
