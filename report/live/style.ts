import { style } from '../page/style';

/** The live page's style sheet: that of the report, and what only a page has that follows and acts. Nothing in it moves. */
export const liveStyle = `${style}
.connection{padding:.5rem .75rem;border:1px solid var(--line);border-radius:.5rem;background:var(--card);margin:.5rem 0}
.connection p{margin:0}
[data-stale] .connection{position:sticky;top:0;z-index:1;border:3px solid var(--bad);background:var(--badfill);font-weight:600}
[data-stale] .verdict{background:var(--card);color:var(--ink);border-style:dashed}
[data-stale] section,[data-stale] .facts div{border-style:dashed}
[data-stale] .good{color:inherit}
.lease{font-size:1.1rem}
.countdown{font-variant-numeric:tabular-nums}
.act{margin:1rem 0}
button{font:inherit;font-weight:600;padding:.6rem 1.1rem;border-radius:.5rem;border:2px solid var(--ink);background:var(--card);color:var(--ink);cursor:pointer;min-height:2.75rem}
button.stop{background:var(--stop);border-color:var(--stop);color:#fff}
button:disabled{background:var(--card);border-color:var(--line);color:var(--soft);cursor:default}
#halt-result{white-space:pre-line;overflow-wrap:anywhere}
#halt-result:not(:empty){border:2px solid currentColor;border-radius:.5rem;padding:.6rem .9rem;margin-top:.75rem}
dialog{max-width:32rem;width:calc(100% - 2rem);border:2px solid var(--bad);border-radius:.5rem;background:var(--card);color:var(--ink);padding:1rem}
dialog::backdrop{background:rgba(0,0,0,.5)}
dialog label{display:block;font-weight:600}
dialog input{font:inherit;width:100%;padding:.5rem;border:1px solid var(--soft);border-radius:.25rem;background:var(--page);color:var(--ink)}
.choices{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1rem}
:root{--stop:#a61b14}
@media print{.act,dialog{display:none}}
`;
