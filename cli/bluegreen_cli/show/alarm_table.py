"""The alarms of a deployment on its screen, each with what it sees of both fleets."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from bluegreen.contract.text import plain
from bluegreen.deployment.gate import Gate
from bluegreen_cli.moment import MISSING, AlarmSeen, Moment, last
from bluegreen_cli.show.colors import COLORS
from bluegreen_cli.show.screen_parts import LEAST_NAME, NARROW, labelled, unknown
from bluegreen_cli.show.values import figures, is_near, limit_in_figures, together, value_of

BOTH: Final = "(both)"
NEAR_MARK: Final = "!"
SHORT_STATES: Final = {"INSUFFICIENT_DATA": "NO DATA"}


def alarm_table(moment: Moment, width: int) -> Iterator[Text]:
    """A row for each alarm of the request, with what it sees of each fleet."""
    alarms = moment.own_alarms
    if alarms is None:
        yield labelled("alarms", unknown(moment, "the alarms"))
    elif not alarms:
        yield labelled("alarms", "none")
    else:
        gates = {gate.alarm: gate for gate in moment.gates or ()}
        yield from _rows(alarms, gates, width)
        yield from _legend(moment, list(gates.values()))


def _rows(alarms: Sequence[AlarmSeen], gates: Mapping[str, Gate], width: int) -> Iterator[Text]:
    names = [_name(alarm, gates) for alarm in alarms]
    widths = _widths(names, width)
    yield Text(_columns(("alarm", "state", "green", "blue", "limit"), widths), "dim")
    for alarm, name in zip(alarms, names, strict=True):
        gate = gates.get(alarm.name, Gate(alarm.name))
        state = plain(alarm.state) or MISSING
        shown = state if width >= NARROW else SHORT_STATES.get(state, state)
        cells = (name, shown, *_values(gate), limit_in_figures(gate))
        style = "yellow" if is_near(gate) else ""
        yield Text(_columns(cells, widths), COLORS.get(state, "yellow") if state != "OK" else style)


def _name(alarm: AlarmSeen, gates: Mapping[str, Gate]) -> str:
    """What a guardrail is about, since the names of its alarms all begin alike; or the alarm's."""
    gate = gates.get(alarm.name)
    return plain((gate and gate.name) or alarm.name)


def _widths(names: Sequence[str], width: int) -> tuple[int, ...]:
    """The widths of the columns: what the others leave is for the name."""
    others = (17, 10, 10, 10) if width >= NARROW else (7, 7, 6, 8)
    room = width - sum(others) - len(others)
    longest = max(cell_len(name) for name in names)
    return max(LEAST_NAME, min(longest, room)), *others


def _columns(cells: Sequence[str], widths: Sequence[int]) -> str:
    return " ".join(_cell(cell, width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _cell(text: str, width: int) -> str:
    if cell_len(text) > width:
        text = set_cell_size(text, width - 1).rstrip() + "…"
    return set_cell_size(text, width)


def _values(gate: Gate) -> tuple[str, str]:
    """What it sees of green and of blue; of both together where it cannot tell them."""
    mark, both = NEAR_MARK if is_near(gate) else "", together(gate)
    if both is not None:
        return f"{figures(both)}{mark}", BOTH
    return f"{value_of(gate, last(gate.green))}{mark}", value_of(gate, last(gate.blue))


def _legend(moment: Moment, gates: Sequence[Gate]) -> Iterator[Text]:
    if moment.gates is None:
        yield Text(f"the values are {unknown(moment, 'the values')}", "dim")
    if any(is_near(gate) for gate in gates):
        yield Text(f"{NEAR_MARK} close to its limit, or beyond it", "dim")
    if any(together(gate) is not None for gate in gates):
        yield Text(f"{BOTH}: both fleets together; no series tells one from the other", "dim")
