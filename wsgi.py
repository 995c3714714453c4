"""The WSGI entry point, for any WSGI server: `wsgi:app`."""

from finder.web import create_app

app = create_app()
