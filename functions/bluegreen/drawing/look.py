"""The look of what is drawn: colours, light and dark."""

from typing import Final

COLOURS: Final = """
:root{color-scheme:light dark;--paper:#fff;--panel:#f6f8fa;--text:#1f2328;--muted:#59636e;
--line:#d1d9e0;--green:#1a7f37;--blue:#0969da;--red:#cf222e;--amber:#9a6700;--violet:#8250df;
--bake:#fff3c4}
@media screen and (prefers-color-scheme:dark){:root{--paper:#0d1117;--panel:#151b23;--text:#e6edf3;
--muted:#9198a1;--line:#3d444d;--green:#3fb950;--blue:#58a6ff;--red:#ff7b72;--amber:#d29922;
--violet:#ab7df8;--bake:#3a2f0b}}
"""
"""Of pages, light and dark."""

HAPPENED: Final = """
.drawn{display:block;width:100%;overflow:visible}
.drawn text{font:12px system-ui,sans-serif;fill:var(--text)} .drawn .m{fill:var(--muted)}
.drawn .got{fill:var(--green);fill-opacity:.45} .drawn .bake{fill:var(--bake)}
.drawn .made{fill:var(--muted);fill-opacity:.35} .drawn .shift{fill:var(--text)}
.drawn .gone{fill:var(--blue)} .drawn .back{fill:var(--red)}
.drawn .grid{stroke:var(--line)} .drawn .mark{stroke:var(--red);stroke-width:1.5}
.drawn .badge{fill:var(--red)} .drawn text.number{fill:var(--paper);font-weight:700}
.drawn .of-green,.drawn .of-blue,.drawn .of-both{fill:none;vector-effect:non-scaling-stroke}
.drawn .of-green{stroke:var(--green);stroke-width:2.5}
.drawn .of-blue{stroke:var(--blue);stroke-width:2;stroke-dasharray:7 3}
.drawn .of-both{stroke:var(--muted);stroke-width:2;stroke-dasharray:2 3}
.drawn .limit{stroke:var(--red);stroke-width:1.5;stroke-dasharray:10 3 2 3}
.drawn text.limits{fill:var(--red)}
.drawn .now{stroke:var(--text)} .drawn .later{opacity:.45}
.drawn .coming{fill:none;stroke:var(--muted);stroke-dasharray:4 3}
@media (max-width:640px){.drawn .minor{display:none}}
"""
"""Of what happened, in a page that gives the colours: lines differ without colour too."""
