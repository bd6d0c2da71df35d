import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

// docs/architecture.md states these rules; here they are held.

const root = path.resolve(__dirname, '..');

/** What each part may import besides itself. `.` stands for the shared files at the top: errors, settings, config. */
const allowed: Record<string, readonly string[]> = {
  posture: [],
  protocol: ['ledger', 'posture'],
  model: ['.', 'posture'],
  simulate: ['.', 'evidence', 'ledger', 'posture', 'protocol', 'workloads'],
  // Its honest documents are made of the tests' claims, signed with the simulation's keys.
  fuzz: ['.', 'evidence', 'ledger', 'posture', 'simulate', 'test'],
  market: ['.'],
  '.': ['posture', 'market'],
  evidence: ['.', 'posture'],
  ledger: ['.', 'posture', 'evidence'],
  canary: ['.', 'market'],
  platforms: ['.', 'posture', 'toolchain'],
  provider: ['platforms', 'posture'],
  policies: ['.', 'evidence', 'ledger', 'platforms', 'posture'],
  workloads: ['.', 'evidence', 'ledger', 'market', 'platforms', 'posture', 'protocol'],
  report: ['.', 'evidence', 'ledger', 'posture'],
  toolchain: ['.'],
  scripts: [
    '.',
    'canary',
    'evidence',
    'ledger',
    'market',
    'platforms',
    'posture',
    'protocol',
    'report',
    'toolchain',
    'workloads',
  ],
  // Its live system is the tests': the reference system as real processes, with keys at hand.
  bench: [
    '.',
    'evidence',
    'ledger',
    'platforms',
    'policies',
    'posture',
    'protocol',
    'scripts',
    'test',
    'toolchain',
    'workloads',
  ],
};

/** The program wires config, platforms and workloads; nothing imports it. */
const program = 'index.ts';

const sources = listSources(root);

function listSources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name);
    if (statSync(file).isDirectory()) {
      return /^(node_modules|dist.*|test|docs|coverage|engine|\..*)$/.test(name) ? [] : listSources(file);
    }
    return /\.(ts|mts)$/.test(name) && !name.startsWith('vitest') ? [file] : [];
  });
}

function importsOf(file: string): string[] {
  // Comments may speak of an import without being one.
  const text = readFileSync(file, 'utf8').replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  return [...text.matchAll(/(?:from|import|require\()\s*'(\.[^']*)'/g)].map((match) => resolve(file, match[1]!));
}

function resolve(from: string, specifier: string): string {
  const base = path.resolve(path.dirname(from), specifier);
  const found = [base, `${base}.ts`, `${base}.mts`, path.join(base, 'index.ts')].find((file) => sources.includes(file));
  return found ?? base;
}

const partOf = (file: string) => {
  const [first, ...rest] = path.relative(root, file).split(path.sep);
  return rest.length === 0 ? '.' : first!;
};

describe('imports', () => {
  it('flow one way', () => {
    const broken = sources
      .filter((file) => path.relative(root, file) !== program)
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => path.extname(target) !== '.json')
          .filter((target) => partOf(target) !== partOf(file) && !allowed[partOf(file)]?.includes(partOf(target)))
          .map((target) => `${path.relative(root, file)} imports ${path.relative(root, target)}`),
      );
    expect(broken).toEqual([]);
  });

  it('have no circles', () => {
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, trail: string[]) => {
      if (trail.includes(file)) {
        circles.push([...trail.slice(trail.indexOf(file)), file].map((name) => path.relative(root, name)).join(' -> '));
        return;
      }
      if (done.has(file)) return;
      for (const target of importsOf(file)) if (sources.includes(target)) visit(target, [...trail, file]);
      done.add(file);
    };
    for (const file of sources) visit(file, []);
    expect(circles).toEqual([]);
  });

  it('leave the gateway free of scripts, engine and platforms, so that it can be audited alone', () => {
    const gateway = sources.filter((file) => file.includes('/workloads/gateway/') && !file.endsWith('declaration.ts'));
    const foreign = gateway
      .flatMap((file) => importsOf(file))
      .filter((file) => /\/(platforms|scripts|toolchain|provider)\//.test(file));
    expect(foreign).toEqual([]);
  });
});

describe('files', () => {
  it('stay within 300 lines', () => {
    const long = sources
      .map((file) => ({ file: path.relative(root, file), lines: readFileSync(file, 'utf8').split('\n').length }))
      .filter(({ lines }) => lines > 301);
    expect(long).toEqual([]);
  });

  it('are all in the module table of docs/architecture.md', () => {
    const text = readFileSync(path.join(root, 'docs', 'architecture.md'), 'utf8');
    const missing = Object.keys(allowed).filter((part) => part !== '.' && !text.includes(`\`${part}/\``));
    expect(missing).toEqual([]);
  });
});
