/** The frame: toolbar, views, side panel, status; and its compact form. */

export const LAYOUT = `
.voxsieve { position: relative; display: grid; height: 100%; min-height: 0; overflow: hidden;
  grid-template: "bar bar" 40px "views side" minmax(0, 1fr) "jobs side" auto "status status" 24px / minmax(0, 1fr) 316px; }
.voxsieve.narrow { grid-template-columns: minmax(0, 1fr) 284px; }
.voxsieve.none { grid-template: "views" minmax(0, 1fr) / minmax(0, 1fr); }
.voxsieve.compact { grid-template: "bar" 40px "views" minmax(160px, 1.15fr) "status" 24px "jobs" auto "tabs" 34px "side" minmax(0, 1fr) / minmax(0, 1fr); }

.toolbar { grid-area: bar; display: flex; align-items: center; gap: var(--s2); padding: 0 var(--s2) 0 var(--s3);
  background: var(--panel); border-bottom: 1px solid var(--line); min-width: 0; overflow-x: auto; scrollbar-width: none; }
.toolbar::-webkit-scrollbar { display: none; }
.toolbar .rule { width: 1px; height: 18px; background: var(--line); flex: none; }
.toolbar .name { font-weight: 600; max-width: 180px; }
.toolbar .size { font-size: 11px; color: var(--faint); white-space: nowrap; }
.toolbar .field { width: auto; }
.toolbar .field.side-choice { max-width: 110px; }
.mark { width: 18px; height: 18px; color: var(--accent); flex: none; }

.views { grid-area: views; position: relative; background: var(--well); overflow: hidden; min-width: 0; min-height: 0; }
.views canvas { position: absolute; inset: 0; width: 100%; height: 100%; display: block; }
.views .surface { position: absolute; inset: 0; }
.views:focus-visible { outline: none; }
.views:focus-visible::after { content: ""; position: absolute; inset: 0; border: 2px solid var(--accent); pointer-events: none; z-index: 5; }

.side { grid-area: side; background: var(--panel); border-left: 1px solid var(--line); overflow-y: auto; overflow-x: hidden; min-height: 0;
  scrollbar-width: thin; scrollbar-color: var(--edge) transparent; display: flex; flex-direction: column; }
.compact .side { border-left: 0; }
.compact .section > header .fold { display: none; } .compact .section > header:not(:has(> :nth-child(2))) { height: var(--s2); }
.tabs { grid-area: tabs; display: flex; background: var(--panel); border-block: 1px solid var(--line); }
.tabs button { flex: 1; border: 0; background: none; color: var(--dim); cursor: pointer; border-bottom: 2px solid transparent; padding: 2px 4px 0; }
.tabs button[aria-selected="true"] { color: var(--accent); border-color: var(--accent); }

.section { border-bottom: 1px solid var(--line); }
.section.fill { flex: 1 0 auto; display: flex; flex-direction: column; }
.section.fill > .body { flex: 1; display: flex; flex-direction: column; }
.section > header { display: flex; align-items: center; gap: var(--s1); height: 32px; padding: 0 var(--s2) 0 var(--s1); }
.section h2 { font-size: 12px; font-weight: 600; }
.section .fold { display: flex; align-items: center; gap: 4px; border: 0; background: none; padding: 0 4px; height: 24px; cursor: pointer; border-radius: var(--r1); }
.section .fold .icon { width: 12px; height: 12px; color: var(--faint); transition: transform .12s; }
.section .fold[aria-expanded="true"] .icon { transform: rotate(90deg); }
.section .body { padding: 0 var(--s3) var(--s3); display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--s2); align-content: start; }

.status { grid-area: status; display: flex; align-items: center; gap: var(--s3); padding: 0 var(--s3); font-size: 11px; color: var(--dim);
  background: var(--panel); border-top: 1px solid var(--line); white-space: nowrap; overflow: hidden; min-width: 0; }
.status > * { flex: none; } .status .reading { flex: 1 1 auto; min-width: 0; overflow: hidden; text-overflow: ellipsis; color: var(--text); }
.status .value { font-weight: 600; }
.status .dot { display: inline-block; width: 7px; height: 7px; border-radius: 50%; background: var(--good); margin-right: 5px; }
.status .dot.connecting { background: var(--warn); } .status .dot.gone { background: var(--bad); }

.banner { position: absolute; z-index: 6; top: var(--s2); left: 50%; transform: translateX(-50%); max-width: calc(100% - 24px); display: grid; gap: 6px; pointer-events: none; }
.banner > div { display: flex; align-items: center; gap: var(--s2); padding: 6px 10px; border-radius: var(--r2); background: var(--glass);
  border: 1px solid var(--edge); box-shadow: var(--shade); pointer-events: auto; overflow-wrap: anywhere; }
.banner > .error { border-color: var(--bad); } .banner > .error > .icon { color: var(--bad); } .banner > .warn > .icon { color: var(--warn); }
.blank { position: absolute; inset: 0; display: grid; place-content: center; justify-items: center; gap: var(--s2); text-align: center; padding: var(--s4);
  background: var(--well); color: var(--dim); z-index: 4; }
.blank h2 { font-size: 14px; font-weight: 600; color: var(--text); } .blank p { max-width: 46ch; }
.voxsieve.pictured { display: block; } .last { width: 100%; height: 100%; object-fit: contain; background: var(--well); display: block; }
.blank .mark { width: 36px; height: 36px; opacity: .9; }
`;
