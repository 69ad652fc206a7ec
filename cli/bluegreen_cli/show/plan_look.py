"""The look of a plan's picture: the colours of fleets, stages and alarms, light and dark."""

from typing import Final

from bluegreen.drawing.markup import Markup
from bluegreen.sagemaker.observation import Stage

STYLE: Final = """
.plan text{font:11px system-ui,sans-serif;fill:#1f2328} .plan .h{font-size:inherit}
.plan .b,.plan .h{font-weight:600} .plan .m{fill:#59636e}
.plan .n{font-family:ui-monospace,monospace} .plan .paper{fill:#ffffff}
.plan .grid{stroke:#d1d9e0} .plan .axis{stroke:#59636e}
.plan .alone,.plan .likely{stroke:#1f2328} .plan .alone{stroke-dasharray:5 3}
.plan .bake{fill:#fff3c4} .plan text.bakes{fill:#7d4e00} .plan .shift{fill:#1f2328}
.plan .share{fill:#4ac26b;fill-opacity:.45;stroke:#1a7f37;stroke-width:1.5}
.plan .green{fill:#aceebb;stroke:#1a7f37} .plan .blue{fill:#b6e3ff;stroke:#0969da}
.plan .alarm{fill:#cf222e} .plan .perhaps{fill:none;stroke:#cf222e;stroke-dasharray:4 3}
.plan .hatch{stroke:#59636e;stroke-width:1.2} .plan .sure{fill:#8c959f}
.plan .rejected{fill:none;stroke:#cf222e;stroke-width:3}
.plan text.no{fill:#cf222e;font-weight:600}
.plan .variant{fill:none;stroke:#1f2328;stroke-width:1.5}
.plan .v1{stroke-dasharray:7 3} .plan .v2{stroke-dasharray:2 3} .plan .v3{stroke-dasharray:9 3 2 3}
@media (prefers-color-scheme:dark){
.plan text{fill:#e6edf3} .plan .m{fill:#9198a1} .plan .paper{fill:#0d1117}
.plan .grid{stroke:#2b3138} .plan .axis,.plan .hatch{stroke:#9198a1}
.plan .alone,.plan .likely{stroke:#e6edf3} .plan .shift{fill:#e6edf3}
.plan .bake{fill:#3a2f0b} .plan text.bakes{fill:#e3b341}
.plan .share{fill:#2ea043;stroke:#3fb950} .plan .green{fill:#12492a;stroke:#3fb950}
.plan .blue{fill:#0f3a6b;stroke:#58a6ff} .plan .sure{fill:#656c76}
.plan .alarm{fill:#ff7b72} .plan .perhaps,.plan .rejected{stroke:#ff7b72}
.plan text.no{fill:#ff7b72} .plan .variant{stroke:#e6edf3}
}
"""
HATCH: Final = Markup(
    '<defs><pattern id="plan-hatch" width="5" height="5" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><path class="hatch" d="M0 0V5"/></pattern></defs>'
)
FILLS: Final = {
    Stage.PROVISIONING: 'fill="url(#plan-hatch)"',
    Stage.SHIFTING: 'class="shift"',
    Stage.BAKING: 'class="bake"',
    Stage.TERMINATING: 'class="blue"',
    Stage.ROLLING_BACK: 'class="alarm"',
}
