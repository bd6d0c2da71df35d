/** The most characters that GitHub takes as a comment, less than which every record has. */
export const limit = 65_536;

/**
 * A part of a record: lines that each stand for themselves, which is where it may be cut. What is left out is never
 * rendered, so that a giant change takes no longer than a large one.
 */
export interface Section {
  /** Lines that are kept whatever is cut, such as a heading or a table's head. */
  readonly head: readonly string[];
  readonly items: readonly (() => string)[];
  /** Lines that are kept too, after the items. */
  readonly tail?: readonly string[];
  /** Set where it is folded: what stands on the fold. Plain text. */
  readonly summary?: string;
  /** Written whole, whatever is left out elsewhere. It must be short for every input. */
  readonly whole?: boolean;
}

/** How many items of one section are written at most. */
export const mostItems = 40;

/**
 * Puts sections together within a limit. What does not fit is left out item by item, from the last section on, and where
 * it was it is said how much; a fold is always closed.
 */
export function fitSections(sections: readonly Section[], most = limit - 1): string {
  let left = most - sections.reduce((sum, section) => sum + sizeOf(frameOf(section)), 0);
  const written = sections.map((section) => {
    const kept: string[] = [];
    // No section takes everything from those after it.
    let share = Math.floor(left / 2);
    if (section.whole) kept.push(...wholeOf(section));
    for (const render of section.whole ? [] : section.items.slice(0, mostItems)) {
      const item = render();
      if (share < item.length + 1) break;
      share -= item.length + 1;
      left -= item.length + 1;
      kept.push(item);
    }
    const lost = section.items.length - kept.length;
    const lines = [...openOf(section), ...kept, ...(lost > 0 ? ['', leftOut(lost)] : []), ...closeOf(section)];
    return lines.join('\n').trimEnd();
  });
  return `${written.join('\n\n')}\n`;
}

const leftOut = (count: number) =>
  `_${count} more ${count === 1 ? 'line is' : 'lines are'} left out here; \`cutover change-record --json\` has everything._`;

const openOf = ({ head, summary }: Section): string[] =>
  summary === undefined ? [...head] : ['<details>', `<summary>${summary}</summary>`, '', ...head];
const closeOf = ({ tail = [], summary }: Section): string[] =>
  summary === undefined ? [...tail] : [...tail, '', '</details>'];

/** The items that are written whatever there is: room is kept for them from the start. */
const wholeOf = ({ whole, items }: Section): string[] => (whole ? items.map((render) => render()) : []);

/** Everything of a section that is always written, with the longest sentence on what is left out. */
const frameOf = (section: Section) => [
  ...openOf(section),
  ...wholeOf(section),
  '',
  leftOut(Number.MAX_SAFE_INTEGER),
  ...closeOf(section),
  '',
];
const sizeOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + line.length + 1, 0);
