"""What people and programs were told, and when."""

from bluegreen.deployment.history import PastDeployment, Told
from bluegreen.drawing.markup import Markup
from bluegreen.report.words import moment, note, section, table


def told(past: PastDeployment) -> Markup:
    """The notifications."""
    if not past.told:
        return section("Notifications", note("None is known."))
    heads = ("Sent", "Event", "Severity", "Message")
    caption = "As SNS took them; who is subscribed decides who got them"
    return section(
        "Notifications",
        table(caption, heads, map(_row, past.told)),
    )


def _row(each: Told) -> tuple[str, ...]:
    sent = moment(each.sent_at) if each.sent_at else "not known to be sent"
    about = each.notification
    return sent, about.event, about.severity, about.message
