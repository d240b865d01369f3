"""The guide format is published for editors as docs/guide.schema.json."""

from __future__ import annotations

import json

from bot.settings import ROOT
from core.guides import Guide


def test_published_schema_is_that_of_the_code() -> None:
    """To renew it: troly guides schema > docs/guide.schema.json."""
    published = json.loads((ROOT / "docs" / "guide.schema.json").read_text(encoding="utf-8"))
    assert published == Guide.model_json_schema()
