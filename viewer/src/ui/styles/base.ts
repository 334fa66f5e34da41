/** Controls: buttons, fields, sliders, switches. */

export const BASE = `
.voxsieve, .voxsieve * { box-sizing: border-box; }
.voxsieve :is(h1, h2, h3, p, ul, ol, dl, dd, fieldset, figure) { margin: 0; padding: 0; border: 0; }
.voxsieve :is(ul, ol) { list-style: none; }
.voxsieve :is(button, input, select, textarea) { font: inherit; color: inherit; letter-spacing: inherit; margin: 0; }
.voxsieve :focus { outline: none; }
.voxsieve :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.icon { width: 16px; height: 16px; display: block; flex: none; fill: none; stroke: currentColor;
  stroke-width: 1.4; stroke-linecap: round; stroke-linejoin: round; }
.quiet { color: var(--dim); } .faint { color: var(--faint); }
.mono { font-family: var(--mono); font-size: 11px; }
.nowrap { white-space: nowrap; }
.clip { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 0; }
.grow { flex: 1; min-width: 0; }
.hidden-label { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.button { display: inline-flex; align-items: center; justify-content: center; gap: 6px; height: var(--row);
  padding: 0 10px; border: 1px solid var(--edge); border-radius: var(--r2); background: var(--raised);
  white-space: nowrap; cursor: pointer; transition: background .12s, border-color .12s, color .12s; }
.button:hover { background: var(--hover); }
.button:active { transform: translateY(.5px); }
.button:disabled { opacity: .5; cursor: default; background: var(--raised); }
.button.primary { background: var(--accent); border-color: transparent; color: var(--on-accent); font-weight: 600; }
.button.primary:hover:not(:disabled) { background: var(--accent-strong); }
.button.plain { border-color: transparent; background: none; color: var(--dim); }
.button.plain:hover { background: var(--hover); color: var(--text); }
.button.square { width: var(--row); padding: 0; }
.button.small { height: 22px; padding: 0 7px; font-size: 11px; }
.button.small.square { width: 22px; padding: 0; }
.button[aria-pressed="true"], .button[aria-expanded="true"].toggle { background: var(--accent-soft); border-color: transparent; color: var(--accent); }
.button.danger:hover { color: var(--bad); }

.button.eye, .button.eye[aria-pressed="true"] { background: none; color: var(--dim); } .button.eye[aria-pressed="false"] { color: var(--faint); } .button.eye:hover { color: var(--text); background: var(--hover); }

.segments { display: inline-flex; border: 1px solid var(--line); border-radius: var(--r2); background: var(--ground); padding: 1px; gap: 1px; }
.segments .button { border: 0; height: 24px; min-width: 26px; padding: 0 6px; border-radius: 4px; background: none; color: var(--dim); }
.segments .button:hover { color: var(--text); background: var(--hover); }
.segments .button[aria-pressed="true"] { background: var(--accent-soft); color: var(--accent); }

.field { height: var(--row); width: 100%; min-width: 0; padding: 0 7px; border: 1px solid var(--edge); border-radius: var(--r1);
  background-color: var(--field); font-variant-numeric: tabular-nums; }
.field:hover { border-color: var(--faint); }
.field::placeholder { color: var(--faint); opacity: 1; }
.field[aria-invalid="true"] { border-color: var(--bad); }
.field.number { text-align: right; }
.field.small { height: 22px; padding: 0 5px; font-size: 11px; }
select.field { appearance: none; padding-right: 22px; cursor: pointer; background-repeat: no-repeat; background-position: right 7px center;
  background-image: linear-gradient(45deg, transparent 50%, var(--faint) 50%), linear-gradient(-45deg, transparent 50%, var(--faint) 50%);
  background-size: 5px 5px; background-position: right 12px center, right 8px center; }
select.field option { background: var(--raised); color: var(--text); }

.slider { appearance: none; width: 100%; height: 18px; margin: 0; background: none; cursor: pointer; --fill: 50%; }
.slider::-webkit-slider-runnable-track { height: 3px; border-radius: 2px;
  background: linear-gradient(to right, var(--accent) var(--fill), var(--track) var(--fill)); }
.slider::-moz-range-track { height: 3px; border-radius: 2px; background: var(--track); }
.slider::-moz-range-progress { height: 3px; border-radius: 2px; background: var(--accent); }
.slider::-webkit-slider-thumb { appearance: none; width: 13px; height: 13px; margin-top: -5px; border-radius: 50%;
  background: var(--knob); border: 1px solid var(--edge); box-shadow: 0 1px 2px #0006; transition: box-shadow .12s; }
.slider::-moz-range-thumb { width: 11px; height: 11px; border-radius: 50%; background: var(--knob); border: 1px solid var(--edge); }
.slider:hover::-webkit-slider-thumb, .slider:active::-webkit-slider-thumb { box-shadow: 0 0 0 4px var(--accent-soft); }
.slider:focus-visible { outline-offset: 0; border-radius: var(--r1); }

.check { display: inline-flex; align-items: center; gap: 6px; cursor: pointer; }
.check input { accent-color: var(--accent); width: 14px; height: 14px; }
.color { width: 22px; height: 22px; padding: 0; border: 1px solid var(--edge); border-radius: var(--r1); background: none; cursor: pointer; }
.color::-webkit-color-swatch-wrapper { padding: 2px; } .color::-webkit-color-swatch { border: 0; border-radius: 2px; }

.note { display: flex; gap: 6px; padding: 5px 8px; border-radius: var(--r1); font-size: 11px; background: var(--raised); color: var(--dim); overflow-wrap: anywhere; }
.note.warn { background: var(--warn-soft); color: var(--warn); } .note.bad { background: var(--bad-soft); color: var(--bad); }
.note .icon { width: 14px; height: 14px; margin-top: 1px; }
.note.choice { font-size: 12px; gap: var(--s3); align-items: center; flex-wrap: wrap; padding: 6px 10px; }
.tag { display: inline-block; padding: 0 5px; border-radius: 3px; background: var(--hover); color: var(--dim); font-size: 10px; line-height: 16px; white-space: nowrap; }
.tag.live { background: var(--accent-soft); color: var(--accent); } .tag.bad { background: var(--bad-soft); color: var(--bad); }
.empty { padding: var(--s3); text-align: center; color: var(--dim); border: 1px dashed var(--line); border-radius: var(--r2); }
.spin { width: 12px; height: 12px; border-radius: 50%; border: 2px solid var(--track); border-top-color: var(--accent); animation: turn .8s linear infinite; flex: none; }
.bar { height: 4px; border-radius: 2px; background: var(--track); overflow: hidden; }
.bar > i { display: block; height: 100%; background: var(--accent); transition: width .25s; }
.bar.unknown > i { width: 30% !important; animation: slide 1.4s ease-in-out infinite; }
@keyframes turn { to { transform: rotate(1turn); } }
@keyframes slide { 0% { margin-left: -30%; } 100% { margin-left: 100%; } }
@media (prefers-reduced-motion: reduce) {
  .voxsieve *, .voxsieve *::before { transition: none !important; animation-duration: 3s !important; scroll-behavior: auto !important; }
  .bar.unknown > i { animation: none; width: 100% !important; opacity: .5; }
}
@media (forced-colors: active) { .slider { forced-color-adjust: none; } }
`;
