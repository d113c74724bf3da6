"""A mail's HTML, for a browser: pictures that a mail carries as parts of its own move into the page."""

from __future__ import annotations

from collections.abc import Mapping


def browser_html(html: str, images: Mapping[str, str]) -> str:
    """The page with each `cid:` source replaced by its picture; `images` are base64 PNG by content id."""
    for content_id, picture in images.items():
        html = html.replace(f'"cid:{content_id}"', f'"data:image/png;base64,{picture}"')
    return html
