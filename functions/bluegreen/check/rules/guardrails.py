"""What stands in the way of guardrails, what they cannot find, and what blue itself would trip."""

from collections.abc import Iterator
from typing import Final

from bluegreen.check.forecast import Forecast
from bluegreen.check.guardrail_power import Powers, powers_of
from bluegreen.check.guardrails import Guarding, Obstacle
from bluegreen.contract.catalogue import Severity
from bluegreen.contract.findings import Finding
from bluegreen.contract.text import and_listed, in_figures, quoted
from bluegreen.guardrails.asked import LATENCY, SERVER_ERRORS, AskedGuardrail
from bluegreen.guardrails.blue import Week
from bluegreen.guardrails.guardrail import Guardrail
from bluegreen.guardrails.made import NotMade, WhyNot
from bluegreen.guardrails.power import ENOUGH
from bluegreen.guardrails.windows import SHORTEST_LATENCY_BAKE, shortest_bake

MINUTES: Final = 60
"""Of an hour."""


def check_guardrails(forecast: Forecast, guarding: Guarding) -> Iterator[Finding]:
    """Yield what is to be said of the guardrails of a deployment, made or not."""
    if guarding.asked is None:
        return
    if not guarding.allowed:
        yield _not_allowed(guarding)
    elif guarding.obstacle:
        yield _impossible(guarding, guarding.obstacle, forecast)
    elif not guarding.known:
        yield _not_known(guarding, forecast)
    else:
        yield from _check_made(guarding, forecast)


def _check_made(guarding: Guarding, forecast: Forecast) -> Iterator[Finding]:
    guardrails = guarding.made.guardrails
    if guarding.assumed and guardrails:
        yield _assumed(guardrails, forecast)
    for missing in guarding.made.not_made:
        yield _not_made(missing, forecast)
    for guardrail in guardrails:
        if _is_below_blue(guardrail, forecast):
            yield _below_blue(guardrail, forecast)
        powers = powers_of(guardrail, forecast)
        if powers and not powers.enough:
            yield _little_data(powers, forecast)


# ---- None at all -----------------------------------------------------------------------------


def _not_allowed(guarding: Guarding) -> Finding:
    message = (
        f"The request asks for guardrails ({_asked_in_words(guarding)}), but the stack's parameter"
        " GuardrailAlarms is Never: it makes no alarms."
    )
    fix = "Set GuardrailAlarms to OnRequest, or set Guardrails to None and name alarms of your own."
    return Finding("guardrails-not-allowed", "ERROR", message, fix)


_REASONS: Final = {
    Obstacle.ASYNCHRONOUS: "SageMaker does not publish the invocations of asynchronous endpoints",
    Obstacle.SERVERLESS: "a serverless variant can have no blue/green deployment",
    Obstacle.INFERENCE_COMPONENTS: "SageMaker counts the requests of inference components"
    " by component, and not by variant",
    Obstacle.NO_BAKE: "nothing bakes, so no alarm would be watched",
    Obstacle.NO_TRAFFIC: "no variant that changes gets a request, since its weight is 0",
}
_NO_ALARM: Final = "Set Guardrails to None, and name alarms of your own."
_FIXES: Final = {
    Obstacle.NO_BAKE: "Set WaitIntervalInSeconds and TerminationWaitInSeconds to 300 or more.",
    Obstacle.NO_TRAFFIC: "Give the variant a weight, or set Guardrails to None.",
}


def _impossible(guarding: Guarding, obstacle: Obstacle, forecast: Forecast) -> Finding:
    message = (
        f"No guardrail can be made for the endpoint {_endpoint(forecast)}:"
        f" {_REASONS[obstacle]}. {_whose(guarding)}"
    )
    severity: Severity = "WARNING"
    if obstacle is not Obstacle.NO_TRAFFIC:
        severity = _severity(guarding)
    fix = _FIXES.get(obstacle, _NO_ALARM)
    return Finding("guardrails-impossible", severity, message, fix)


def _not_known(guarding: Guarding, forecast: Forecast) -> Finding:
    message = (
        f"What guardrails come to for the endpoint {_endpoint(forecast)} is not known, since they"
        " go by what its blue fleet did in the last week:"
        f" {forecast.situation.why_unknown('guardrails')}. {_whose(guarding)}"
    )
    fix = "Check again when CloudWatch answers. Or set Guardrails to None and name alarms of yours."
    if not forecast.situation.was_asked("guardrails"):
        fix = "Give Rate5XX, Rate4XX and LatencyMilliseconds in Traffic of the --world file."
    return Finding("guardrails-not-known", _severity(guarding), message, fix)


def _whose(guarding: Guarding) -> str:
    """Who asks for what."""
    if guarding.assumed:
        return "The stack would have added them, since the request names no alarm."
    return f"The request asks for them ({_asked_in_words(guarding)})."


def _asked_in_words(guarding: Guarding) -> str:
    assert guarding.asked is not None
    count = len(guarding.asked.guardrails)
    return guarding.asked.preset or f"{count} of its own"


def _severity(guarding: Guarding) -> Severity:
    return "WARNING" if guarding.assumed else "ERROR"


# ---- What is made ----------------------------------------------------------------------------


def _assumed(guardrails: tuple[Guardrail, ...], forecast: Forecast) -> Finding:
    variants = list(dict.fromkeys(guardrail.variant for guardrail in guardrails))
    message = (
        "The request names no alarm and says nothing of Guardrails. The stack's parameter"
        f" GuardrailAlarms is Default, so {len(guardrails)} guardrails watch"
        f" {and_listed(variants)} of the endpoint {_endpoint(forecast)}; the plan has their"
        " numbers."
    )
    fix = "Set Guardrails to Default to ask for them, or to None to go without."
    return Finding("guardrails-assumed", "INFO", message, fix)


def _not_made(missing: NotMade, forecast: Forecast) -> Finding:
    why, fix = _why_not_made(missing, forecast)
    which = _named(missing.asked.key, missing.variant, forecast)
    return Finding("guardrail-not-made", "WARNING", f"{which} is not made: {why}", fix)


def _why_not_made(missing: NotMade, forecast: Forecast) -> tuple[str, str]:
    week = _week(missing.variant, forecast)
    if missing.why is WhyNot.SHORT_BAKE:
        bake = shortest_bake(forecast.policy)
        why = (
            f"the shortest bake has {bake} s, and latency takes {SHORTEST_LATENCY_BAKE} s or more,"
            " so that three periods in a row fit beside a slow start."
        )
        return why, f"Let each bake last {SHORTEST_LATENCY_BAKE} s or more."
    if missing.why is WhyNot.LIMIT_OF_ALL:
        return _why_limit_of_all(missing.asked, week)
    return _why_blue_is_not_known(missing.asked, week)


def _why_limit_of_all(asked: AskedGuardrail, week: Week) -> tuple[str, str]:
    if week.is_short:
        came = f"only {in_figures(sum(week.requests))} requests" if week.requests else "no request"
        why = (
            f"the blue fleet had {came} in the last week, too little to know how many of them"
            " usually fail, so green could fail all of its own."
        )
        return why, "Wait until the endpoint has had more requests, or name an alarm of your own."
    why = (
        f"in the last week nearly all of the blue fleet's requests ended in {asked.metric} at"
        " times, so green could fail all of its own."
    )
    return why, "Name an alarm of your own that sees green alone."


def _why_blue_is_not_known(asked: AskedGuardrail, week: Week) -> tuple[str, str]:
    why = f"CloudWatch has no p{asked.percentile:g} of blue's {LATENCY} to compare with."
    if week.is_short:
        hours = f"{in_figures(round(len(week.requests) / MINUTES, 1))} hours"
        since = hours if len(week.requests) > MINUTES else "less than an hour"
        came = f"blue's first request of the last week came {since} ago"
        if not week.requests:
            came = "blue had no request in the last week"
        why = f"{came}, and green's latency is compared with a day of blue's or more."
    return why, "Set MaxMilliseconds in place of MaxRatioToBlue, or wait until there is a day."


# ---- What blue itself would trip -------------------------------------------------------------


def _is_below_blue(guardrail: Guardrail, forecast: Forecast) -> bool:
    """Whether blue itself passes a limit; that of a blue of less than a day, on the mean."""
    if guardrail.of_latency:
        return guardrail.blue_ms is not None and guardrail.limit_ms < guardrail.blue_ms
    return guardrail.limit < _rate_of_blue(guardrail, forecast)


def _rate_of_blue(guardrail: Guardrail, forecast: Forecast) -> float:
    week = _week(guardrail.variant, forecast)
    if not week.is_short:
        return guardrail.expected
    server = guardrail.metric == SERVER_ERRORS
    errors = sum(week.server_errors if server else week.client_errors)
    return errors / sum(week.requests) if errors else 0.0


def _below_blue(guardrail: Guardrail, forecast: Forecast) -> Finding:
    which = _named(guardrail.key, guardrail.variant, forecast)
    if guardrail.of_latency:
        assert guardrail.blue_ms is not None
        allowed = f"a p{guardrail.percentile:g} of {_ms(guardrail.limit_ms)}"
        blue = f"a p{guardrail.percentile:g} of up to {_ms(guardrail.blue_ms)}"
        member, least = "MaxMilliseconds", f"{guardrail.blue_ms:.10g}"
    else:
        rate = _rate_of_blue(guardrail, forecast)
        allowed, blue = f"{_percent(guardrail.limit)} {guardrail.metric}", f"up to {_percent(rate)}"
        member, least = "MaxRate", f"{rate:.4g}"
    message = (
        f"{which} allows {allowed}, but in the last week the blue fleet itself had {blue}. A green"
        " fleet that is as good as blue may be rolled back."
    )
    fix = f"Set {member} to more than {least}, or take Default, which goes by what blue does."
    return Finding("guardrail-below-blue", "WARNING", message, fix)


# ---- What it could find ----------------------------------------------------------------------


def _little_data(powers: Powers, forecast: Forecast) -> Finding:
    guardrail, best = powers.guardrail, powers.best
    found = (
        f"At {in_figures(round(powers.per_minute, 1))} requests a minute, as in the last day, the"
        f" chance is {_percent(best.power)} at most that it finds a green fleet that"
        f" {_defect(guardrail)}: in the bake of {best.seconds} s at {_percent(best.share)} of the"
        f" traffic. {_percent(ENOUGH)} is enough."
    )
    if not powers.per_minute:
        found = (
            "No request came in the last day, and so it finds no green fleet that"
            f" {_defect(guardrail)}."
        )
    message = f"{_named(guardrail.key, guardrail.variant, forecast)} has too little data. {found}"
    return Finding("guardrail-little-data", "WARNING", message, _more_data(powers))


def _defect(guardrail: Guardrail) -> str:
    part = _percent(guardrail.defect)
    if guardrail.of_latency:
        return f"is slower than {_ms(guardrail.limit_ms)} in {part} of its requests"
    code = "a 5XX" if guardrail.metric == SERVER_ERRORS else "a 4XX"
    return f"answers {part} of its requests with {code}"


def _more_data(powers: Powers) -> str:
    traffic, bake = powers.traffic_needed, powers.bake_needed
    ways = []
    if traffic is not None:
        ways.append(f"deploy while {in_figures(traffic)} requests a minute or more come")
    if bake is not None:
        share = _percent(powers.largest_share)
        ways.append(f"let the bake at {share} of the traffic last {in_figures(bake)} s or more")
    if not ways:
        return "Watch something else: no traffic and no bake would be enough."
    words = ", or ".join(ways)
    return f"{words[0].upper()}{words[1:]}. NotEnoughData says what becomes of it otherwise."


# ---- Words -----------------------------------------------------------------------------------


def _named(key: str, variant: str, forecast: Forecast) -> str:
    return (
        f"The guardrail {quoted(key)} of the variant {quoted(variant)} of the endpoint"
        f" {_endpoint(forecast)}"
    )


def _endpoint(forecast: Forecast) -> str:
    return quoted(forecast.request.endpoint_name)


def _week(variant: str, forecast: Forecast) -> Week:
    return (forecast.situation.weeks or {}).get(variant, Week())


def _percent(part: float) -> str:
    return f"{100 * part:.3g} %"


def _ms(milliseconds: float) -> str:
    return f"{in_figures(round(milliseconds, 1))} ms"
