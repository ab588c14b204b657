"""What can be found out about rationales without a person: repetition, contradiction, grounding."""
