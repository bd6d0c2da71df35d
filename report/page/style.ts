/** The page's one style sheet. Series differ by colour and by stroke, so that they do on paper too. */
export const style = `
:root{color-scheme:light dark;--ink:#1c2126;--soft:#545d67;--page:#fbfbfa;--card:#fff;--line:#d9dcdf;--grid:#e8eaec;
--one:#2563a8;--two:#a34f00;--three:#b3261e;--four:#5b6570;--good:#1b6b3a;--bad:#a61b14;--warn:#7a5200;--badfill:#fdeceb;--warnfill:#fff6e0;--goodfill:#e9f5ed}
@media (prefers-color-scheme:dark){:root{--ink:#e6e8ea;--soft:#a9b1ba;--page:#14171a;--card:#1b1f23;--line:#363c43;--grid:#2a2f35;
--one:#7fb3ec;--two:#eda35c;--three:#ff8d85;--four:#a2abb5;--good:#7fd19b;--bad:#ff9d96;--warn:#f0c36a;--badfill:#3a1d1b;--warnfill:#33290f;--goodfill:#173022}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1rem}
h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0}
h2{font-size:1.2rem;margin:0 0 .5rem}
h3{font-size:1rem;margin:1.25rem 0 .25rem}
h1,h2,h3,p,li,dd,figcaption,summary{overflow-wrap:anywhere}
a{color:var(--one)}
:focus-visible{outline:3px solid var(--one);outline-offset:2px}
.skip{position:absolute;left:-999rem}
.skip:focus{left:.5rem;top:.5rem;background:var(--card);padding:.5rem}
.verdict{font-size:1.1rem;font-weight:600;padding:.6rem .9rem;border-radius:.5rem;border:1px solid currentColor;margin:.5rem 0}
.verdict.good{background:var(--goodfill)}.verdict.warn{background:var(--warnfill)}.verdict.bad{background:var(--badfill)}
.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}
.made,.note,.unit,small{color:var(--soft);font-size:.875rem}
.missing{border-left:4px solid var(--warn);padding-left:.75rem;color:var(--ink)}
.findings{list-style:none;padding:0;margin:.5rem 0}
.findings li{padding:.35rem 0;border-bottom:1px solid var(--line)}
.findings a{color:var(--ink)}
.tag{font-weight:700;font-size:.8rem}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(10rem,1fr));gap:.5rem;margin:1rem 0}
.facts div{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.5rem .75rem}
dt{color:var(--soft);font-size:.8rem}
dd{margin:0;font-weight:600}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;padding:0}
nav a{display:inline-block;padding:.25rem 0}
section{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:1rem;margin:1rem 0}
figure{margin:1rem 0}
figcaption{font-weight:600}
.plot{display:grid;grid-template-columns:auto minmax(0,1fr);gap:0 .5rem;margin:.25rem 0}
.plot svg{grid-column:2;width:100%;height:14rem;display:block;border-bottom:1px solid var(--soft)}
.unit{grid-column:1/-1;margin:0 0 .5rem}
.ys{grid-column:1;display:flex;flex-direction:column;justify-content:space-between;align-items:flex-end;margin:-.5rem 0}
.xs{grid-column:2;display:flex;justify-content:space-between}
.ys,.xs{color:var(--soft);font-size:.75rem;line-height:1rem;font-variant-numeric:tabular-nums}
.plot path{vector-effect:non-scaling-stroke}
path{fill:none;stroke-width:2}
.grid{stroke:var(--grid);stroke-width:1}
.look1{--c:var(--one)}.look2{--c:var(--two)}.look3{--c:var(--three)}.look4{--c:var(--four)}
.line{stroke:var(--c);stroke-linejoin:round}
.line.look2{stroke-dasharray:7 3}.line.look3{stroke-dasharray:2 3}
.dots{stroke:var(--c);stroke-width:5;stroke-linecap:round}
.dots.look2{stroke-width:4}
.band{fill:var(--c);fill-opacity:.18;stroke:var(--c);stroke-opacity:.5;stroke-width:1}
.bars{fill:var(--c);fill-opacity:.75;stroke:var(--c);stroke-width:1}
.bars.look2{fill-opacity:.35}
.level{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:9 4}
.mark{stroke-width:1.5}
.mark.grant{stroke:var(--good);stroke-dasharray:1 4}
.mark.halt{stroke:var(--bad)}
.legend{display:flex;flex-wrap:wrap;gap:.1rem 1rem;list-style:none;padding:0;margin:.25rem 0;font-size:.875rem}
.legend svg{margin-right:.35rem;vertical-align:middle}
details{margin:.5rem 0}
summary{cursor:pointer;padding:.35rem 0}
.scroll{overflow-x:auto;max-height:28rem;border:1px solid var(--line);border-radius:.25rem}
table{border-collapse:collapse;width:100%;font-size:.875rem}
caption{text-align:left;padding:.4rem .6rem;color:var(--soft)}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-top:1px solid var(--line);min-width:5.5rem;max-width:22rem;overflow-wrap:break-word}
tbody th{min-width:8rem;overflow-wrap:anywhere}
.ys span{min-height:1rem}
td.long{min-width:15rem}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
tbody th{font-weight:500}
code{font:.875em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.incidents{padding-left:1.25rem}
.incidents li{margin:.5rem 0}
.incidents p{margin:.15rem 0}
@media (max-width:40rem){main{padding:.5rem}section{padding:.75rem}.plot svg{height:11rem}.facts{grid-template-columns:1fr 1fr}}
@media print{body{background:#fff;font-size:10pt}main{max-width:none;padding:0}nav,.skip{display:none}section{border:0;padding:0;break-inside:auto}
figure,tr,.facts div{break-inside:avoid}h2,h3,figcaption{break-after:avoid}.scroll{overflow:visible;max-height:none;border:0}
details:not([open]){display:none}.bars,.band{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
@media print and (prefers-color-scheme:dark){:root{--ink:#000;--soft:#444;--page:#fff;--card:#fff;--line:#bbb;--grid:#ddd;
--one:#2563a8;--two:#a34f00;--three:#b3261e;--four:#5b6570;--good:#1b6b3a;--bad:#a61b14;--warn:#7a5200;--badfill:#fff;--warnfill:#fff;--goodfill:#fff}}
@media (prefers-contrast:more){:root{--line:currentColor;--soft:var(--ink)}}
`;
