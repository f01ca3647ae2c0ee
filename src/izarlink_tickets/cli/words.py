"""The words of a command that are text: what the terminal gave that is none is refused, not stored otherwise."""

import click


class _Text(click.types.StringParamType):
    """Text in UTF-8. Python gives other bytes as surrogates, which would be stored as a replacement character."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text: str = super().convert(value, param, ctx)
        try:
            text.encode()
        except UnicodeEncodeError:
            self.fail("it isn't text in UTF-8.", param, ctx)
        return text


_TEXT = _Text()


def require_text(command: click.Command) -> None:
    """Have a command, and all beneath it, refuse such words. Names of files are left: they may be any bytes."""
    for parameter in command.params:
        if parameter.type is click.STRING:
            parameter.type = _TEXT
    if isinstance(command, click.Group):
        for one in command.commands.values():
            require_text(one)
