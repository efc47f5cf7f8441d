"""Lead Management: which leads a reset may take, and what it makes of their cases. Pure decisions."""
