"""Find the nearest hip specialists and clinics, told honestly."""

from finder.errors import FinderError

__version__ = "0.1.0"
__all__ = ["FinderError", "__version__"]
