"""The data directory of a command that opens no database in it."""

from pathlib import Path

from gateway.config import Config, ConfigError
from storage import format as data_format
from storage.errors import FormatError


def checked(config: Config) -> Path:
    """The data directory, if it is one.

    Raises:
        ConfigError
    """
    directory = config.data_dir
    try:
        if not data_format.check(directory):
            raise ConfigError(f"data_dir: {directory} is no data directory")
    except (FormatError, OSError) as error:
        raise ConfigError(f"data_dir: {error}") from None
    return directory
