"""What is printed on pages, lines with their places → headings, paragraphs and tables in reading order."""
