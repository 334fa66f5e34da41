/** What lies over the pictures. */

export const VIEWS = `
.pane { position: absolute; pointer-events: none; overflow: hidden; container-type: inline-size; }
.pane.split { box-shadow: 0 0 0 1px var(--line); }
.pane > .head { position: absolute; left: 6px; top: 6px; right: 6px; display: flex; align-items: center; gap: 6px; }
.pane .chip { display: flex; align-items: center; gap: 5px; height: 22px; padding: 0 6px; border-radius: var(--r1); background: var(--glass);
  pointer-events: auto; white-space: nowrap; font-size: 11px; }
.pane .axis { font-weight: 700; letter-spacing: .04em; }
.pane .axis.z { color: var(--axis-z); } .pane .axis.y { color: var(--axis-y); } .pane .axis.x { color: var(--axis-x); } .pane .axis.volume { color: var(--text); }
.pane .chip input.field { width: 5.4ch; height: 18px; padding: 0 3px; border-color: transparent; background: none; font-size: 11px; text-align: right; }
.pane .chip .field:is(:hover, :focus) { border-color: var(--edge); background-color: var(--ground); }
.pane .chip .slider { width: 88px; height: 14px; }
.pane .chip .select { width: auto; height: 18px; border-color: transparent; background-color: transparent; font-size: 11px; padding: 0 18px 0 3px; background-position: right 9px center, right 5px center; background-size: 4px 4px; }
.pane .corner { margin-left: auto; pointer-events: auto; opacity: 0; transition: opacity .15s; background: var(--glass); border-color: transparent; }
.views:hover .pane .corner, .pane .corner:focus-visible, .pane.current .corner { opacity: 1; }
.pane.current > .head .chip { box-shadow: inset 0 -1px 0 var(--accent); }
@container (max-width: 300px) { .pane .chip .slider { display: none; } }
@container (max-width: 220px) { .pane .chip .where { display: none; } }
.pane .scale { position: absolute; left: 10px; bottom: 8px; font-size: 11px; line-height: 14px; color: #fff; text-shadow: 0 0 3px #000, 0 0 2px #000, 0 1px 1px #000;
  display: grid; justify-items: center; }
.pane .scale i { display: block; height: 4px; border: 1px solid #000a; border-top: 0; background: #fff; box-shadow: 0 0 2px #0009; border-radius: 1px; }
.pane .ruler { position: absolute; inset: 0; width: 100%; height: 100%; fill: none; }
.ruler path { stroke: #5fe3cb; stroke-width: 2; } .ruler .aside { stroke-dasharray: 4 4; } .ruler .under { stroke: #000b; stroke-width: 4; }
.ruler circle { fill: #5fe3cb; stroke: #000b; }
.ruler text { fill: #fff; font-size: 12px; font-weight: 600; stroke: #000c; stroke-width: 3px; paint-order: stroke; dominant-baseline: middle; }
.pane .edges { position: absolute; right: 10px; bottom: 8px; font-size: 10px; color: #fffc; text-shadow: 0 0 3px #000, 0 0 2px #000; }
.pane .wipe { position: absolute; top: 0; bottom: 0; width: 25px; margin-left: -12px; pointer-events: auto; cursor: ew-resize; touch-action: none; }
.pane .wipe::before { content: ""; position: absolute; left: 12px; top: 0; bottom: 0; width: 1px; background: #fff; box-shadow: 0 0 3px #000; }
.pane .wipe::after { content: "‹ ›"; position: absolute; left: 0; top: 50%; width: 25px; height: 25px; margin-top: -12px; border-radius: 50%; display: grid; place-content: center;
  background: var(--accent); color: var(--on-accent); font-size: 12px; font-weight: 700; line-height: 1; box-shadow: 0 1px 6px #000a; padding-bottom: 2px; }
.pane .wipe:focus-visible { outline: none; } .pane .wipe:focus-visible::after { outline: 2px solid #fff; outline-offset: 2px; }
.pane .side-name { position: absolute; bottom: 26px; padding: 1px 6px; border-radius: var(--r1); background: var(--glass); font-size: 11px; max-width: 45%; }
.pane .side-name.left { left: 10px; bottom: 36px; } .pane .side-name.right { right: 10px; bottom: 36px; }

.dialog { border: 1px solid var(--edge); border-radius: var(--r3); background: var(--panel); color: var(--text); padding: 0; width: min(560px, calc(100vw - 24px));
  max-height: min(86vh, 760px); box-shadow: var(--shade); overflow: hidden; }
.dialog::backdrop { background: #06080a99; }
.dialog[open] { display: flex; flex-direction: column; }
.dialog > header { display: flex; align-items: center; gap: var(--s2); padding: var(--s3) var(--s2) var(--s3) var(--s4); border-bottom: 1px solid var(--line); }
.dialog h2 { font-size: 14px; font-weight: 600; flex: 1; }
.dialog > .body { padding: var(--s4); display: grid; gap: var(--s3); overflow-y: auto; }
.dialog > footer { display: flex; gap: var(--s2); justify-content: flex-end; align-items: center; padding: var(--s3) var(--s4); border-top: 1px solid var(--line); background: var(--ground); }
.form { display: grid; grid-template-columns: 88px minmax(0, 1fr); gap: var(--s2) var(--s3); align-items: center; }
.form > label, .form > .label { color: var(--dim); }
.facts { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 1px; background: var(--line); border: 1px solid var(--line); border-radius: var(--r2); overflow: hidden; }
.facts > div { background: var(--ground); padding: var(--s2) var(--s3); } .facts dt { color: var(--faint); font-size: 11px; } .facts dd { font-size: 14px; font-weight: 600; }
.facts small { display: block; font-weight: 400; font-size: 11px; color: var(--dim); }
.help { columns: 2; column-gap: var(--s4); } .help section { break-inside: avoid; margin-bottom: var(--s3); } .help h3 { font-size: 11px; color: var(--accent); margin-bottom: 4px; }
.help dl { display: grid; grid-template-columns: 86px minmax(0, 1fr); gap: 3px 8px; } .help dd { color: var(--dim); }
kbd { font: 11px var(--font); display: inline-block; min-width: 18px; padding: 0 4px; border: 1px solid var(--edge); border-radius: var(--r1); background: var(--ground); text-align: center; }
@media (max-width: 560px) { .help { columns: 1; } .facts { grid-template-columns: 1fr; } }
`;
