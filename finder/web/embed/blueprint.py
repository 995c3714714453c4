"""The blueprint of what stands at /embed beside the pages of patients."""

from flask import Blueprint

blueprint = Blueprint("embed", __name__, url_prefix="/embed")
