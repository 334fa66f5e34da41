/** Layers, histogram, filters, ROI, jobs. */

export const PANELS = `
.layers { display: grid; gap: 2px; }
.layer { border-radius: var(--r2); border: 1px solid transparent; }
.layer.active { background: var(--raised); border-color: var(--line); }
.layer > .row { display: flex; align-items: center; gap: 4px; height: 30px; padding: 0 4px 0 2px; }
.layer .pick { flex: 1; min-width: 0; display: flex; align-items: center; gap: 6px; border: 0; background: none; text-align: left; height: 26px; padding: 0 4px; cursor: pointer; border-radius: var(--r1); }
.layer .pick b { font-weight: 500; } .layer.active .pick b { font-weight: 600; }
.layer.off .pick b { color: var(--faint); }
.layer .ramp { width: 28px; height: 8px; border-radius: 2px; flex: none; box-shadow: inset 0 0 0 1px #8884; }
.layer .more { padding: 2px 8px 8px 8px; display: grid; gap: 6px; }
.line { display: grid; grid-template-columns: 62px minmax(0, 1fr) auto; gap: var(--s2); align-items: center; min-height: 22px; }
.line > span:first-child, .line > label:first-child { color: var(--dim); }
.line output { color: var(--dim); min-width: 4ch; text-align: right; }
.pair { display: grid; grid-template-columns: 1fr auto 1fr; gap: 6px; align-items: center; }
.names { display: grid; gap: 3px; max-height: 132px; overflow-y: auto; }
.names > div { display: flex; align-items: center; gap: 6px; } .names .id { min-width: 3ch; text-align: right; color: var(--dim); }

.histogram { position: relative; height: 116px; margin: 0 4px; }
.histogram .uplot { position: absolute; inset: 0; }
.histogram .handle { position: absolute; top: 0; bottom: 22px; width: 15px; margin-left: -7.5px; cursor: ew-resize; touch-action: none; border-radius: var(--r1); z-index: 2; }
.histogram .handle::before { content: ""; position: absolute; left: 7px; top: 0; bottom: 0; width: 1px; background: var(--mark); }
.histogram .handle::after { content: ""; position: absolute; left: 2.5px; width: 10px; height: 10px; background: var(--mark); border: 1.5px solid var(--panel); border-radius: 2px; }
.histogram .handle.window { --mark: var(--text); } .histogram .handle.window::after { top: 0; }
.histogram .handle.threshold { --mark: var(--tint); } .histogram .handle.threshold::after { bottom: -3px; border-radius: 50%; }
.histogram .inside { position: absolute; top: 0; bottom: 22px; pointer-events: none; background: var(--tint); opacity: .22; z-index: 1; }
.histogram .outside { position: absolute; top: 0; bottom: 22px; pointer-events: none; background: var(--panel); opacity: .62; z-index: 1; }
.histogram .over { position: absolute; inset: 0 0 22px; display: grid; place-content: center; z-index: 3; }
.quarters { display: grid; grid-template-columns: repeat(4, 1fr); gap: 4px; } .quarters .button { padding: 0 2px; }
.chips { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; }

.steps { display: grid; gap: 6px; grid-template-columns: minmax(0, 1fr); }
.step { border: 1px solid var(--line); border-radius: var(--r2); background: var(--raised); }
.step.off { background: none; } .step.off .title { color: var(--faint); font-weight: 500; } .step.drop { box-shadow: 0 -2px 0 var(--accent); } .step.bad { border-color: var(--bad); }
.step > header { display: flex; align-items: center; gap: 2px; height: 30px; padding: 0 4px 0 2px; }
.step .grip { cursor: grab; color: var(--faint); padding: 4px 1px; } .step .title { flex: 1; min-width: 0; font-weight: 600; }
.step .number { color: var(--faint); font-size: 11px; margin-right: 4px; }
.step .params { padding: 0 8px 8px; display: grid; gap: 6px; }
.param { display: grid; grid-template-columns: minmax(0, 1fr) 92px; gap: 0 var(--s2); align-items: center; }
.param > .name { display: flex; align-items: center; gap: 4px; min-width: 0; color: var(--dim); }
.param > .name .hint { color: var(--faint); display: flex; }
.param > .slider { grid-column: 1 / 3; } .param > .other { grid-column: 1 / 3; display: flex; justify-content: space-between; align-items: center; min-height: 18px; font-size: 11px; color: var(--faint); }
.param > .wrong { grid-column: 1 / 3; margin-top: 3px; }
.param .turn { border: 0; background: none; color: var(--accent); cursor: pointer; padding: 0 2px; font-size: 11px; border-radius: var(--r1); }
.param .turn:hover { text-decoration: underline; }
.step .details { border: 0; background: none; color: var(--faint); cursor: pointer; padding: 0; font-size: 11px; justify-self: start; display: flex; gap: 3px; align-items: center; }
.step .details .icon { width: 10px; height: 10px; } .step .details[aria-expanded="true"] .icon { transform: rotate(90deg); }
.adder { border: 1px solid var(--edge); border-radius: var(--r2); background: var(--raised); overflow: hidden; box-shadow: var(--shade); }
.adder .search { display: flex; align-items: center; gap: 6px; padding: 4px 4px 4px 8px; border-bottom: 1px solid var(--line); } .adder .search .field { border: 0; background: none; }
.adder .list { max-height: 280px; overflow-y: auto; padding: 4px; scrollbar-width: thin; }
.adder .group { padding: 6px 6px 2px; font-size: 10px; font-weight: 600; letter-spacing: .05em; text-transform: uppercase; color: var(--faint); }
.adder .option { padding: 4px 6px; border-radius: var(--r1); cursor: pointer; } .adder .option.at, .adder .option:hover { background: var(--hover); }
.adder .option.at { box-shadow: inset 2px 0 0 var(--accent); }
.adder .option p { font-size: 11px; color: var(--dim); }
.foot { position: sticky; bottom: 0; background: var(--panel); padding: var(--s2) var(--s3) var(--s3); margin: 0 calc(-1 * var(--s3)) calc(-1 * var(--s3)); display: grid; gap: 6px; border-top: 1px solid var(--line); z-index: 3; }
.foot .copies { display: grid; grid-template-columns: auto repeat(3, 1fr); gap: 4px; align-items: center; } .foot .copies .button { padding: 0 4px; } .foot .copies .icon { width: 13px; height: 13px; }
.foot .button.primary { height: 30px; }

.roi { display: grid; grid-template-columns: 14px repeat(2, minmax(0, 1fr)); gap: 4px 6px; align-items: center; }
.roi .head { color: var(--faint); font-size: 11px; } .roi b.z { color: var(--axis-z); } .roi b.y { color: var(--axis-y); } .roi b.x { color: var(--axis-x); }
.table { width: 100%; border-collapse: collapse; font-size: 11px; } .table :is(td, th) { padding: 2px 0; text-align: right; font-weight: 400; }
.table :is(td, th):first-child { text-align: left; } .table th { color: var(--faint); } .table tr.now td { color: var(--accent); }

.jobs { grid-area: jobs; background: var(--panel); min-width: 0; max-height: 30vh; overflow-y: auto; }
.job { display: grid; grid-template-columns: minmax(0, auto) minmax(60px, 1fr) auto auto; gap: 2px var(--s3); align-items: center; padding: 6px var(--s2) 6px var(--s3); border-top: 1px solid var(--line); }
.job .figures { color: var(--dim); font-size: 11px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; } .job .name { font-weight: 600; max-width: 22ch; } .job .message { grid-column: 1 / -1; }
.job .bar.done > i { background: var(--good); } .job .bar.failed > i { background: var(--bad); }
.compact .job { grid-template-columns: minmax(0, 1fr) auto; } .compact .job .bar { grid-column: 1 / -1; grid-row: 2; }
.compact .job .figures { grid-column: 1 / -1; grid-row: 3; }
`;
