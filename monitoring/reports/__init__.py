"""What was done, over days. One function computes each report; page, JSON, PDF, CSV and XLSX only show it."""
