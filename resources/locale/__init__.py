"""The program's words in other languages; ``docs/translating.md`` tells how they are kept."""
