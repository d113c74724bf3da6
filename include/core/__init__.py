"""What every stage needs and no CRM owns: errors, windows, settings, the warehouse, landed batches."""
