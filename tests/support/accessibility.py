"""What axe-core finds wrong with a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# WCAG 2.1, levels A and AA.
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")


def faults(page: Page, *more: str) -> str:
    """Contrast, names, labels, roles: a line for each element that breaks a rule.

    Args:
        page: as it is shown.
        more: tags of other rules of axe-core.
    """
    rules = {"runOnly": {"type": "tag", "values": [*WCAG, *more]}}
    found = Axe().run(page, options=rules).response["violations"]
    return "\n".join(
        f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}" for rule in found for node in rule["nodes"]
    )
