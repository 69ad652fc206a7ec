"""The look of a report: light and dark, from a phone to a sheet of paper."""

from typing import Final

from bluegreen.drawing.look import COLOURS, HAPPENED
from bluegreen.drawing.markup import Markup

STYLE: Final = Markup(
    COLOURS
    + """
*{box-sizing:border-box}
body{margin:0 auto;max-width:1180px;padding:18px 28px 48px;background:var(--paper);
color:var(--text);font:15px/1.45 system-ui,-apple-system,"Segoe UI",sans-serif}
h1{font-size:26px;line-height:1.2;margin:6px 0 8px;overflow-wrap:anywhere}
h2{font-size:18px;margin:34px 0 8px;padding-top:12px;border-top:1px solid var(--line)}
h3{font-size:15px;margin:20px 0 2px;overflow-wrap:anywhere}
p{margin:6px 0;overflow-wrap:anywhere} a{color:var(--blue)}
.verdict{display:inline-block;padding:2px 10px;border-radius:4px;color:var(--paper);
background:var(--red);font-weight:700;letter-spacing:.02em}
.verdict.SUCCEEDED{background:var(--green)}
.verdict.ROLLED_BACK,.verdict.doubtful{background:var(--amber)}
.verdict.REJECTED,.verdict.SUPERSEDED{background:var(--violet)}
.which{color:var(--muted);margin-left:8px;overflow-wrap:anywhere}
.why{font-size:17px;margin:0 0 4px} .note,.which,caption,dt{color:var(--muted)}
.note{font-size:14px}
dl{margin:12px 0;display:grid;gap:8px 20px;grid-template-columns:repeat(auto-fit,minmax(200px,1fr))}
.top{background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:12px 16px}
.long{grid-column:1/-1}
.top div:first-child dd{font-size:19px}
dt{font-size:13px} dd{margin:0;font-weight:600;overflow-wrap:anywhere}
.wide{overflow-x:auto} table{border-collapse:collapse;width:100%;margin:8px 0}
caption{text-align:left;font-size:13px;padding-bottom:4px}
th,td{text-align:left;vertical-align:top;padding:5px 14px 5px 0;border-bottom:1px solid var(--line);
overflow-wrap:break-word}
tbody th,td:last-child{overflow-wrap:anywhere} tbody th{min-width:9em} td:last-child{min-width:14em}
thead th{color:var(--muted);font-weight:600;font-size:13px} tbody th{font-weight:600}
td:last-child{padding-right:0} th:has(time){width:13em}
time{white-space:nowrap;font-variant-numeric:tabular-nums}
.number{display:inline-block;min-width:1.6em;text-align:center;border-radius:3px;
background:var(--red);color:var(--paper);font-weight:700;font-size:12px;margin-right:6px}
.legend{display:flex;flex-wrap:wrap;gap:2px 20px;font-size:14px;margin:4px 0}
.picture{margin:10px 0 0}
pre{background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:10px 12px;
white-space:pre-wrap;overflow-wrap:anywhere;font-size:13px}
footer{margin-top:32px;color:var(--muted);font-size:13px}
@media (max-width:640px){body{padding:12px 14px 32px} h1{font-size:21px} .why{font-size:16px}
.top{padding:10px 12px} time{white-space:normal} th:has(time){min-width:7em}
tbody th{min-width:6em} td:last-child{min-width:11em} th,td{padding-right:10px}
dl{grid-template-columns:repeat(auto-fit,minmax(150px,1fr))}}
@media print{body{max-width:none;padding:0;font-size:11pt} .top{background:none}
.gate,.picture,tr,dl,pre{break-inside:avoid} h2,h3{break-after:avoid} a{color:inherit}
.verdict,.number,.drawn{-webkit-print-color-adjust:exact;print-color-adjust:exact}
.wide{overflow:visible}}
"""
    + HAPPENED
    + ".drawn.small{display:inline-block;width:auto;vertical-align:middle;margin-right:3px}"
)
