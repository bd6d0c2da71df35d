import { code, prose } from './escape';
import type { Section } from './fit-sections';
import type { ChangeRecord } from './record';

/** What the engine would do and what the packs say, the worst first; or that nobody asked them. */
export function previewSections({ input, packs }: ChangeRecord): Section[] {
  const { preview, drift } = input;
  const head = ['### Engine preview', ''];
  if (preview.state === 'not_run') {
    return [{ head: [...head, '**None was run.** `cutover change-record --preview` runs one.'], items: [] }];
  }
  if (preview.state === 'failed') {
    const said = `**It failed**: ${prose(preview.message)} ${code(preview.code)}`;
    return [{ head: [...head, said, ''], items: preview.details.map((text) => () => `- ${prose(text)}`) }];
  }
  const { changes, warnings, seconds, refused } = preview;
  const counts = new Map<string, number>();
  for (const { operation } of changes) counts.set(operation, (counts.get(operation) ?? 0) + 1);
  const summary = [...counts]
    .slice(0, 8)
    .map(([operation, count]) => `${prose(operation, 40)} ${count}`)
    .join(', ');
  const sum = `${changes.length === 0 ? 'No resource changes' : `The engine changes ${changes.length} ${changes.length === 1 ? 'resource' : 'resources'} (${summary})`}. Packs: ${sumPacks(packs.length, refused)}. It took ${seconds.toFixed(1)} s.${drift?.length === 0 ? ' What runs is what the base says.' : ''}`;
  return [
    {
      head: [...head, sum, ''],
      items: packs.map(
        ({ level, policy, resource, message }) =>
          () =>
            `- **${prose(level, 40)}** ${code(policy, 100)} on ${code(resource, 100)}: ${messageLines(message)}`,
      ),
    },
    ...(warnings.length > 0
      ? [{ head: ['Warnings:', ''], items: warnings.map((text) => () => `- ${prose(text)}`) }]
      : []),
    ...(changes.length > 0
      ? [
          {
            head: [],
            items: changes.map(
              ({ name, operation }) =>
                () =>
                  `- ${prose(operation, 40)} ${code(name)}`,
            ),
            summary: `The engine's changes (${changes.length})`,
          },
        ]
      : []),
  ];
}

/** How many of the lines of one message are shown. */
const mostLines = 8;

/** What a policy says, with the further reasons of a refusal as a list of their own. */
function messageLines(message: string): string {
  const [first = '', ...others] = message.split(/\n\s*- /);
  const more = others.length > mostLines ? [`${others.length - mostLines} more reasons are in the JSON`] : [];
  return [first, ...others.slice(0, mostLines), ...more].map((line) => prose(line, 1_000)).join('\n  - ');
}

function sumPacks(count: number, refused: boolean): string {
  const said = count === 0 ? 'nothing against it' : `${count} ${count === 1 ? 'result' : 'results'}, the worst first`;
  return refused ? `**refused**, ${said}` : said;
}
