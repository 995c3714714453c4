"""The app with one more route, a hello, for `scripts/bench http`: everything around an answer, and no answer."""

from finder.web import create_app

app = create_app()


@app.get("/hello")
def hello() -> str:
    """Say hello."""
    return "hello"

BIG=b'x'*22000
from flask import Response
@app.get("/hello22")
def hello22(): return Response(BIG, mimetype='application/json')
