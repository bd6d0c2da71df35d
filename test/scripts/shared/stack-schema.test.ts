import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { stackFileSchema } from '../../../scripts/shared/stack-schema';
import { settings } from '../../../settings';

const root = path.resolve(__dirname, '../../..');

const stackFile = path.join(root, 'stacks', 'Pulumi.main.yaml');
const validate = new Ajv2020({ strict: false }).compile(stackFileSchema());

interface Declared {
  readonly type: string;
  readonly items?: { readonly type: string };
  readonly default?: unknown;
}
const project = parse(readFileSync(path.join(root, 'Pulumi.yaml'), 'utf8')) as { config: Record<string, Declared> };

/** The setting with only this key given, beside what has no default. */
function read(key: string, value: unknown): unknown {
  const model = { version: '1', digest: `sha256:${'0'.repeat(64)}` };
  const given = value === undefined ? {} : { [key]: value };
  return (settings.parse({ model, ...given }) as Record<string, unknown>)[key];
}

describe('stacks/schema.json', () => {
  it('is what editors are told (npx vitest run -u writes it)', async () => {
    const text = `${JSON.stringify(stackFileSchema(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot('../../../stacks/schema.json');
  });

  it.each<[string, (config: Record<string, unknown>) => void, boolean]>([
    ['the stack that we ship', () => {}, true],
    ["another package's settings", (config) => (config['docker:host'] = 'x'), true],
    ['a key that does not exist', (config) => (config['cutover:tradingmode'] = 'live'), false],
    ['a value that does not exist', (config) => (config['cutover:tradingMode'] = 'Live'), false],
    ['a fraction without quotes', (config) => (config['cutover:confidenceThreshold'] = 0.5), true],
    ['a fraction over 1', (config) => (config['cutover:confidenceThreshold'] = 1.5), false],
    ['a fraction in words', (config) => (config['cutover:confidenceThreshold'] = 'half'), false],
    ['an agent that is mistyped', (config) => (config['cutover:agents'] = { live_trader: { enable: true } }), false],
    ['a stack without a model', (config) => delete config['cutover:model'], false],
  ])('judges %s as the program does', (_what, change, valid) => {
    const stack = parse(readFileSync(stackFile, 'utf8'));
    change(stack.config);
    expect(validate(stack)).toBe(valid);
  });

  it('is named by every stack', () => {
    expect(readFileSync(stackFile, 'utf8')).toMatch(/^# yaml-language-server: \$schema=\.\/schema\.json$/m);
  });
});

describe('Pulumi.yaml', () => {
  it('types every setting, and nothing else', () => {
    expect(Object.keys(project.config)).toEqual(Object.keys(settings.shape));
  });

  it.each(Object.keys(settings.shape))('has the default of %s', (key) => {
    const { type, default: given } = project.config[key]!;
    if (given === undefined) {
      expect(() => settings.parse({})).toThrow(new RegExp(`"${key}"`));
      return;
    }
    // The engine hands numbers over as text.
    const typed = key === 'confidenceThreshold' ? Number(given) : given;
    expect(typeof given).toBe(type === 'string' ? 'string' : 'object');
    expect(read(key, typed)).toEqual(read(key, undefined));
  });
});
