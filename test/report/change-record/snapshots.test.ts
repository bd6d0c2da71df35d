import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChangeRecordInput } from '../../../report/change-record/input';
import { makeRecord } from '../../../report/change-record/record';
import { renderRecordJson } from '../../../report/change-record/record-json';
import { renderMarkdown } from '../../../report/change-record/record-markdown';
import { ReadyStack } from '../../helpers/ready-stack';
import { withoutDigests } from '../../helpers/steady';
import { inputOf, scenes } from './changes';

let stack: ReadyStack;
beforeEach(() => (stack = new ReadyStack()));
afterEach(() => stack.destroy());

const withoutFolder = (input: ChangeRecordInput): ChangeRecordInput =>
  JSON.parse(JSON.stringify(input).replaceAll(stack.folder, 'FOLDER'));

describe.each(Object.entries(scenes))('%s', (name, scene) => {
  it('reads as it was approved', async () => {
    const text = renderMarkdown(makeRecord(withoutFolder(inputOf(stack, scene))));
    const snapshot = path.join(__dirname, 'snapshots', `${name.toLowerCase().replace(/[^a-z]+/g, '-')}.md`);
    await expect(withoutDigests(text)).toMatchFileSnapshot(snapshot);
  });

  it('says what was decided, and nothing better', () => {
    const input = inputOf(stack, scene);
    const json = renderRecordJson(makeRecord(input));
    const isAllowed = json.verdict === 'allowed';
    if (isAllowed) expect(input.explanation.verdict).toBe('allow');
    if (input.guardian?.verdict === 'refuse') expect(isAllowed).toBe(false);
    // A fall is never refused by what a preview says.
    if (scene.after.tradingMode === 'paper') expect(isAllowed).toBe(true);
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  });
});

describe('docs/change-record.md', () => {
  const text = readFileSync(path.resolve(__dirname, '../../../docs/change-record.md'), 'utf8');

  it('has an approved record as its example', () => {
    const snapshot = readFileSync(path.join(__dirname, 'snapshots', 'a-smaller-limit.md'), 'utf8');
    expect(text).toContain(`\n\`\`\`\`markdown\n${snapshot}\`\`\`\`\n`);
  });

  it('names every field of the JSON', () => {
    const json = renderRecordJson(makeRecord(inputOf(stack, scenes['a smaller limit']!)));
    expect(Object.keys(json).filter((key) => !text.includes(`\`${key}\``))).toEqual([]);
  });
});
