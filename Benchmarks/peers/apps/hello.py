"""The small JSON, as a Flask view returns it."""

from typing import Any

from flask import Flask

app = Flask(__name__)
app.json.sort_keys = False  # type: ignore[attr-defined]


@app.get("/hello")
def hello() -> dict[str, Any]:
    return {"id": "job_01", "status": "queued", "progress": 0, "created_at": "2026-11-20T00:00:00Z"}
