"""Lists of words that stand in text files beside the code: a heading in brackets, then the words."""

from pathlib import Path


def sections(file_name: str) -> dict[str, str]:
    """Heading → what stands under it, as one line."""
    found: dict[str, list[str]] = {}
    for line in (Path(__file__).parent / file_name).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            lines = found.setdefault(line.strip("[]"), [])
        elif line:
            lines.append(line)
    return {heading: " ".join(lines) for heading, lines in found.items()}
