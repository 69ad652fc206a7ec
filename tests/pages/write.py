"""Write what commands print into the pages: `PYTHONPATH=tests python -m pages.write`.

`test_printed.py` compares the pages with real runs, so that no page shows what no longer happens.
"""

from pages.blocks import printed, replaced
from pages.commands import COMMANDS, Command, comparable


def write(command: Command) -> None:
    """Put what the command prints into its block, if more than the time it took is different."""
    now, shown = command.run(), printed(command.page)[command.name]
    if comparable(now) != comparable(shown):
        text = command.page.read_text("utf-8")
        command.page.write_text(replaced(text, command.name, now), encoding="utf-8")


if __name__ == "__main__":
    for each in COMMANDS:
        write(each)
