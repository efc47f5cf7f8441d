"""What the store can tell, one module a subject: a report is columns, rows that stream, and filters."""
