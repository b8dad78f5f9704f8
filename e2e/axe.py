"""What axe-core finds wrong with a page."""

from playwright.sync_api import Page
from states import settle


def violations(page: Page) -> list[str]:
    """Return what is wrong, one line for each element."""
    # Colours are measured once nothing fades any more.
    settle(page)
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(url="/axe.js")
    found = page.evaluate("axe.run().then(results => results.violations)")
    return [
        f"{violation['id']}: {node['html']} {node.get('failureSummary', '')}"
        for violation in found
        for node in violation["nodes"]
    ]
