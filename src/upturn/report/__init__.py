"""The weekly report: a week of the warehouse as one HTML file, as Markdown, as JSON and as a table for the terminal."""
