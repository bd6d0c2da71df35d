import { type Element, findAll, readHtml, textOf } from './read-html';

/** A table of the report, as text. */
export interface ReportTable {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A plot of the report: how many points each series has, and how many marks of each kind. */
export interface ReportPlot {
  readonly points: Readonly<Record<string, number>>;
  readonly marks: Readonly<Record<string, number>>;
}

export interface ReportSection {
  readonly text: string;
  readonly tables: readonly ReportTable[];
  readonly plots: readonly ReportPlot[];
}

/** A page that `cutover report` wrote, as somebody reads it. */
export interface ReportPage {
  readonly verdict: string;
  /** The section of this id; the test fails where there is none. */
  section(id: string): ReportSection;
  /** Whatever in it could ask a network for something, lead away, or run. */
  readonly foreign: readonly string[];
}

/** Reads a page. @throws Error where it is not HTML as ours is written */
export function readReportPage(text: string): ReportPage {
  const page = readHtml(text);
  const byClass = (name: string) => (one: Element) => (one.attributes.class ?? '').split(' ').includes(name);
  return {
    verdict: findAll(page, byClass('verdict')).map(textOf).join(),
    section: (id) => {
      const [section] = findAll(page, ({ name, attributes }) => name === 'section' && attributes.id === id);
      if (!section) throw new Error(`the report has no section ${id}`);
      return readSection(section);
    },
    foreign: [
      ...findAll(page, ({ name }) => /^(script|img|link|iframe|object|embed|base|form|video|audio)$/.test(name)).map(
        ({ name }) => name,
      ),
      ...findAll(page, () => true).flatMap(({ attributes }) =>
        Object.entries(attributes).flatMap(([name, value]) =>
          /^on|^src|^style$/.test(name) || (/href$/.test(name) && !value.startsWith('#')) ? [`${name}=${value}`] : [],
        ),
      ),
      ...findAll(page, named('style')).flatMap((one) => textOf(one).match(/url\([^)]*\)|@import/g) ?? []),
    ],
  };
}

const named = (name: string) => (one: Element) => one.name === name;
const cellsOf = (row: Element) => findAll(row, ({ name }) => name === 'th' || name === 'td').map(textOf);

function readSection(section: Element): ReportSection {
  return {
    text: textOf(section),
    tables: findAll(section, named('table')).map((table) => {
      const [columns = [], ...rows] = findAll(table, named('tr')).map(cellsOf);
      return { caption: findAll(table, named('caption')).map(textOf).join(), columns, rows };
    }),
    plots: findAll(section, ({ attributes }) => attributes.role === 'img').map(readPlot),
  };
}

function readPlot(svg: Element): ReportPlot {
  const paths = findAll(svg, named('path'));
  const series = paths.flatMap(({ attributes: { 'data-series': name, class: look = '', d = '' } }) => {
    // Each bar and each dot begins with an M; a line and a band are drawn from point to point.
    const starts = /^(bars|dots)/.test(look) ? /M/g : /[ML]/g;
    return name === undefined ? [] : [[name, d.match(starts)?.length ?? 0] as const];
  });
  const marks: Record<string, number> = {};
  for (const { attributes } of paths) {
    const [, kind] = /^mark (\w+)$/.exec(attributes.class ?? '') ?? [];
    if (kind) marks[kind] = (marks[kind] ?? 0) + 1;
  }
  return { points: Object.fromEntries(series), marks };
}

/** What a column of numbers comes to. */
export function sumOf({ columns, rows }: ReportTable, column: string): number {
  const index = columns.indexOf(column);
  if (index === -1) throw new Error(`expected a column ${column}, found ${columns.join(', ')}`);
  return rows.reduce((sum, row) => sum + Number(row[index]!.replace(/\s/g, '')), 0);
}
