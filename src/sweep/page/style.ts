/** How the page looks; no fonts or pictures from elsewhere. */
export const STYLE = `
:root { color-scheme: light; --ink: #1a1a1a; --faint: #595959; --line: #d9d9d9; --wash: #f5f6f8; --link: #005a8d; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 24px 20px 60px; max-width: 1320px; background: #fff; color: var(--ink); font: 15px/1.5 "DejaVu Sans", Verdana, "Segoe UI", Arial, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 20px; line-height: 1.3; margin: 44px 0 8px; padding-top: 12px; border-top: 2px solid var(--ink); }
h3 { font-size: 15px; margin: 24px 0 2px; }
h4 { font-size: 14px; margin: 18px 0 2px; }
p { margin: 6px 0; max-width: 54rem; }
a { color: var(--link); }
.under, .about, .note, .interval, figcaption { color: var(--faint); }
.about, .note, .legend { font-size: 13px; }
.verdict { background: var(--wash); border-left: 4px solid #0072b2; padding: 10px 16px; margin: 16px 0; }
.verdict p:first-child { font-size: 17px; }
.warning { border-left: 4px solid #d55e00; padding: 2px 12px; }
.name { font-weight: 600; }
.counts { display: grid; grid-template-columns: repeat(auto-fill, minmax(132px, 1fr)); gap: 8px; margin: 16px 0; padding: 0; list-style: none; }
.counts li { border: 1px solid var(--line); border-radius: 4px; padding: 6px 10px; font-size: 13px; color: var(--faint); }
.counts b { display: block; font-size: 20px; line-height: 1.3; color: var(--ink); }
nav { font-size: 14px; margin: 12px 0; }
nav a { margin-right: 14px; white-space: nowrap; }
.scroll { overflow-x: auto; max-width: 100%; margin: 6px 0; }
.panels { display: flex; flex-wrap: wrap; gap: 10px 24px; align-items: flex-start; }
.panels > .scroll { margin: 0; }
svg { display: block; }
table { border-collapse: collapse; font-size: 13px; line-height: 1.35; overflow-wrap: normal; }
th, td { padding: 4px 10px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { vertical-align: bottom; font-weight: 600; border-bottom: 2px solid var(--ink); background: #fff; }
th[scope=row] { font-weight: 600; position: sticky; left: 0; background: #fff; max-width: 18em; overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
thead th.number { white-space: normal; }
.plot { padding: 0 6px; }
.interval { font-size: 0.85em; }
table.wide td:last-child { overflow-wrap: anywhere; min-width: 16em; max-width: 60em; }
table.heat { border-collapse: separate; border-spacing: 1px; }
table.heat th, table.heat td { border: 0; padding: 3px 8px; }
table.heat td { text-align: center; min-width: 3.4em; white-space: nowrap; font-variant-numeric: tabular-nums; }
table.heat td.none { background: repeating-linear-gradient(45deg, #eee 0 4px, #fff 4px 8px); color: var(--faint); }
table.heat thead th { max-width: 13em; text-align: center; border-bottom: 0; font-size: 12px; overflow-wrap: anywhere; }
table.heat thead th:first-child { text-align: left; }
table.heat th[scope=row] { max-width: none; white-space: nowrap; }
thead th.upright { padding: 4px 2px; vertical-align: bottom; }
thead th.upright span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; }
table.heat small { font-size: 0.78em; opacity: 0.9; margin-left: 4px; }
table.forest td, table.forest th { vertical-align: middle; white-space: nowrap; }
table.forest td.plot, table.forest th.plot { padding-top: 0; padding-bottom: 0; }
table.forest tfoot td { border: 0; }
.bar { display: block; height: 6px; margin-top: 3px; background: #0072b2; }
.barred { min-width: 108px; }
.ramp { display: flex; align-items: center; gap: 8px; font-size: 12px; color: var(--faint); margin: 6px 0; }
.ramp i { width: 160px; height: 12px; border: 1px solid var(--line); }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; max-width: none; }
.legend i { display: inline-block; width: 12px; height: 12px; margin-right: 6px; vertical-align: -1px; }
details { margin: 8px 0; border: 1px solid var(--line); border-radius: 4px; padding: 0 12px; }
details > summary { cursor: pointer; padding: 7px 0; font-weight: 600; font-size: 14px; }
details > summary span { font-weight: 400; color: var(--faint); }
details[open] { padding-bottom: 10px; }
pre { font: 12px/1.45 "DejaVu Sans Mono", Menlo, Consolas, monospace; background: var(--wash); padding: 10px; overflow-x: auto; overflow-wrap: normal; margin: 6px 0; }
code { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 0.9em; overflow-wrap: anywhere; }
table.heat td, .bar, .ramp i, .legend i { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
@media (max-width: 600px) {
  body { padding: 14px 14px 40px; font-size: 14px; }
  h1 { font-size: 21px; }
  details { padding: 0 8px; }
  th, td { padding: 4px 7px; }
  table.heat th[scope=row] { white-space: normal; max-width: 12em; }
}
@media print {
  @page { margin: 12mm; }
  body { padding: 0; max-width: none; font-size: 11px; }
  nav { display: none; }
  h2, h3, h4, summary { break-after: avoid; }
  svg, tr, .counts li { break-inside: avoid; }
  .scroll { overflow: visible; }
  .verdict p:first-child { font-size: 13px; }
  .about, .note, .legend { font-size: 10px; }
  table, table.heat thead th { font-size: 8px; }
  th, td { padding: 2px 3px; }
  table.heat th, table.heat td { padding: 1px 5px; }
  table.forest svg { width: 210px; height: auto; }
  .panels { gap: 6px 2%; }
  .panels > .scroll { width: 49%; }
  th[scope=row] { position: static; }
  .scroll > svg, .panels svg { max-width: 100%; height: auto; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
}
`
