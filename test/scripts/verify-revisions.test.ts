import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { formatTrustRoot } from '../../evidence/trust-root';
import { appendDraft, createLedger, readLedger } from '../../ledger/ledger-file';
import { digestFile } from '../../posture/digest';
import { digestPosture, type Posture } from '../../posture/posture';
import { readScreen } from '../../scripts/shared/screen';
import { stackFiles } from '../../scripts/shared/stack-files';
import { readTarget } from '../../scripts/shared/target';
import { explain, verify } from '../../scripts/verify';
import { grantOf } from '../helpers/ledger';
import { storeProofs } from '../helpers/store-proofs';
import { makeTrust, type Trust } from '../helpers/trust';

// Real git repositories; nothing in them is ever changed by a look.

const root = path.resolve(__dirname, '..', '..');
const agent = 'agents/own.js';

let top: string;
let dir: string;
let trust: Trust;
beforeEach(() => {
  top = mkdtempSync(path.join(tmpdir(), 'cutover-revisions-'));
  // The project is a folder within the repository.
  dir = path.join(top, 'trading');
  trust = makeTrust({ now: Date.now() - 60 * 60_000 });
  for (const name of ['Pulumi.yaml', 'models', path.join('stacks', 'Pulumi.main.yaml')]) {
    mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
    cpSync(path.join(root, name), path.join(dir, name), { recursive: true });
  }
  write('.gitignore', '.cutover/\n');
  write(agent, 'one');
  configure({ agents: { own: { enabled: true, command: ['node', agent] } } });
  git('init', '--quiet', '--initial-branch', 'main', top);
  git('config', 'user.name', 'Operator');
  git('config', 'user.email', 'operator@example.com');
  commit('Start in paper');
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const place = () => ({
  stack: 'main',
  projectDir: dir,
  home: path.join(dir, '.cutover'),
  configFile: path.join(dir, 'stacks', 'Pulumi.main.yaml'),
});
const git = (...args: string[]) =>
  execFileSync('git', args, { cwd: existsSync(top) ? dir : top, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

function write(name: string, content: string | Buffer): void {
  mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
  writeFileSync(path.join(dir, name), content);
}

/** Sets settings of the stack, as its file has them. */
function configure(settings: Record<string, unknown>): void {
  const config = parseDocument(readFileSync(place().configFile, 'utf8'));
  for (const [key, value] of Object.entries(settings)) config.setIn(['config', `cutover:${key}`], value);
  writeFileSync(place().configFile, config.toString());
}

function commit(message: string): string {
  git('add', '--all', '.');
  git('commit', '--quiet', '--allow-empty', '--message', message);
  return git('rev-parse', 'HEAD').trim();
}

/** Keys, trust root and ledger of this machine, as `keys init` leaves them; the trust root is committed too. */
function initialise(): void {
  const files = stackFiles(place());
  mkdirSync(files.guardianData, { recursive: true });
  const text = formatTrustRoot(trust.root, trust.signers.approver);
  writeFileSync(files.guardian.trustRoot, text);
  writeFileSync(files.trustRoot, text);
  createLedger(files.guardian.ledger, trust.genesis);
}

/** The guardian grants a posture. */
function grant(posture: Posture): void {
  const { ledger } = stackFiles(place()).guardian;
  const { body } = grantOf();
  const draft = { kind: 'grant', body: { ...body, posture, digest: digestPosture(posture) } } as const;
  const expected = readLedger(ledger, trust.root).head;
  appendDraft(ledger, trust.root, draft, { expected, signers: trust.signers.guardian, now: Date.now() });
}

/** Every file of the repository with its time, and its bytes but for git's own. */
function bytes(): Record<string, string> {
  const files = readdirSync(top, { recursive: true, encoding: 'utf8' }).map((name) => path.join(top, name));
  return Object.fromEntries(
    files
      .filter((file) => statSync(file).isFile())
      .map((file) => [file, `${statSync(file).mtimeMs} ${readFileSync(file, 'base64')}`]),
  );
}

/** Runs the verb, and expects that no file has changed. */
// biome-ignore lint/suspicious/noExplicitAny: a document of which each test looks at a part
async function ask(options: object, verb = verify): Promise<{ exitCode: number; json: any; text: string }> {
  const before = bytes();
  const context = { ...place(), json: true, yes: false, screen: readScreen({}), progress: () => {} };
  try {
    return await verb.run(context, options as Record<string, unknown>);
  } finally {
    expect(bytes()).toEqual(before);
  }
}

const codes = ({ json }: { json: { reasons: { code: string; proof?: string }[] } }) =>
  json.reasons.map(({ code, proof }) => (proof ? `${proof}:${code}` : code));
const notes = ({ json }: { json: { notes: { code: string }[] } }) => json.notes.map(({ code }) => code);
const changes = ({ json }: { json: { changes: { what: string; direction: string }[] } }) =>
  json.changes.map(({ what, direction }) => `${direction} ${what}`);

describe('between two revisions', () => {
  it('says every dimension that a commit changes, also where both are paper', async () => {
    configure({ confidenceThreshold: '0.6', risk: { maxOrderUsd: 6_000, maxPositionUsd: 20_000 } });
    const head = commit('More of everything');
    const found = await ask({ base: 'HEAD~1', head: 'HEAD' });
    expect(found.exitCode).toBe(0);
    expect(found.json).toMatchObject({
      verdict: 'allow',
      from: { tradingMode: 'paper' },
      to: { tradingMode: 'paper' },
      compared: { base: { revision: 'HEAD~1' }, head: { revision: 'HEAD', commit: head } },
      guardian: null,
    });
    expect(changes(found)).toEqual(['rise risk.maxOrderUsd', 'fall confidenceThreshold']);
    expect(found.text).toContain(
      `From HEAD~1 (${git('rev-parse', 'HEAD~1').slice(0, 10)}) to HEAD (${head.slice(0, 10)}):`,
    );
    expect(found.text).toContain('risk.maxOrderUsd: 5000 -> 6000');
  });

  it('reads agents from git, whatever lies in the work tree', async () => {
    write(agent, 'two');
    commit('Another agent');
    write(agent, 'three, at work');
    const found = await ask({ base: 'HEAD~1', head: 'HEAD' });
    expect(changes(found)).toEqual(['rise agents.own']);
    expect(notes(found)).not.toContain('code_not_compared');
    expect(changes(await ask({ base: 'HEAD' }))).toEqual(['rise agents.own']);
    // As it is read from the disk, so it is read from git.
    git('checkout', '--quiet', '--', agent);
    const fromDisk = digestPosture(readTarget(place()).posture);
    expect((await ask({ head: 'HEAD' })).json.to.posture).toBe(fromDisk);
    expect(changes(await ask({ base: 'HEAD' }))).toEqual([]);
  });

  it('follows a link that is committed, and says which files git does not have', async () => {
    rmSync(path.join(dir, agent));
    git('config', 'core.symlinks', 'true');
    execFileSync('ln', ['-s', 'real.js', path.join(dir, agent)]);
    write('agents/real.js', 'one');
    commit('A link to the same');
    expect(changes(await ask({ base: 'HEAD~1', head: 'HEAD' }))).toEqual([]);
    write('.gitignore', '.cutover/\nlocal/\n');
    write('local/own.js', 'unknown to git');
    configure({ agents: { own: { enabled: true, command: ['node', 'local/own.js'] } } });
    commit('An agent that is not committed');
    const found = await ask({ base: 'HEAD~1', head: 'HEAD' });
    expect(changes(found)).toEqual(expect.arrayContaining(['rise agents.own']));
    expect(notes(found)).toContain('files_not_in_git');
    expect(found.text).toContain('local/own.js');
  });

  it("holds a model against the revision's own file", async () => {
    write('models/2.0.0/model.onnx', 'another model');
    configure({ model: { version: '2.0.0', digest: digestFile(path.join(dir, 'models/2.0.0/model.onnx')) } });
    commit('Another model');
    rmSync(path.join(dir, 'models/2.0.0'), { recursive: true });
    expect(changes(await ask({ base: 'HEAD~1', head: 'HEAD' }))).toContain('rise model');
    commit('The model is gone');
    await expect(ask({ base: 'HEAD~1', head: 'HEAD' })).rejects.toMatchObject({
      code: 'invalid_config',
      exitCode: 2,
      message: expect.stringMatching(/^stacks\/Pulumi\.main\.yaml in HEAD \([0-9a-f]{10}\) cannot be used/),
      details: [expect.stringContaining('cutover:model: expected the ONNX artefact of version 2.0.0')],
    });
  });

  it('says what it cannot know of the code of another revision', async () => {
    commit('Nothing');
    expect(notes(await ask({ base: 'HEAD~1', head: 'HEAD' }))).toContain('code_of_working_tree');
    write('posture/decide.ts', 'other code');
    commit('Other code');
    const found = await ask({ base: 'HEAD~1', head: 'HEAD' }, explain);
    expect(notes(found)).toContain('code_not_compared');
    expect(found.text).toMatch(/cannot be seen in it:\s+trading\/posture\/decide\.ts/);
  });
});

it('every field is in docs/contract.md', async () => {
  const { json } = await ask({ base: 'HEAD' }, explain);
  const text = readFileSync(path.join(root, 'docs', 'contract.md'), 'utf8').split('## cutover verify --json')[1]!;
  expect(Object.keys(json).filter((key) => !text.includes(`\`${key}\``))).toEqual([]);
});

describe('on the way to live', () => {
  beforeEach(() => {
    initialise();
    commit('Keys');
    configure({ tradingMode: 'live' });
  });

  const prove = () => {
    const { guardian, evidence } = stackFiles(place());
    storeProofs({ trust, ledger: guardian.ledger, evidence }, null, readTarget(place()).posture, [
      'preflight',
      'snapshot',
      'canary',
      'drill',
    ]);
  };

  it('counts the evidence that is committed, and no other', async () => {
    prove();
    expect(codes(await ask({}))).toEqual([]);
    git('add', place().configFile);
    git('commit', '--quiet', '--message', 'Live, without its evidence');
    const refused = await ask({ base: 'HEAD~1', head: 'HEAD' });
    expect(refused.exitCode).toBe(3);
    expect(codes(refused)).toEqual(
      ['preflight', 'snapshot', 'canary', 'drill', 'approval'].map((kind) => `${kind}:missing`),
    );
    // The work tree has it.
    expect((await ask({ base: 'HEAD~1' })).exitCode).toBe(0);
    commit('Evidence');
    const allowed = await ask({ base: 'HEAD~2', head: 'HEAD' });
    expect(allowed).toMatchObject({ exitCode: 0, json: { verdict: 'allow', guardian: null } });
    expect(changes(allowed)).toEqual(['rise tradingMode']);
  });

  it('names what is wrong with committed evidence: empty, cut off, binary, huge, a link', async () => {
    prove();
    const folder = path.relative(dir, stackFiles(place()).evidence);
    write(`${folder}/canary-1-empty.json`, '');
    write(`${folder}/canary-2-cut.json`, '{"payload": "AAA');
    write(`${folder}/canary-3-binary.json`, Buffer.from([0, 1, 0xff, 0xfe]));
    write(`${folder}/canary-4-huge.json`, Buffer.alloc(300 * 1024, ' '));
    execFileSync('ln', ['-s', '/etc/hostname', path.join(dir, folder, 'canary-5-link.json')]);
    commit('Live');
    const { json, exitCode } = await ask({ base: 'HEAD~1', head: 'HEAD' });
    expect(exitCode).toBe(0);
    const canary = json.gates.find(({ proof }: { proof: string }) => proof === 'canary');
    expect(canary.others.map(({ file, code }: { file: string; code: string }) => [file, code]).sort()).toEqual([
      ['canary-1-empty.json', 'malformed'],
      ['canary-2-cut.json', 'malformed'],
      ['canary-3-binary.json', 'malformed'],
      ['canary-4-huge.json', 'too_large'],
      ['canary-5-link.json', 'malformed'],
    ]);
  });

  it('says where the guardian starts from something else than the base', async () => {
    prove();
    commit('Live');
    configure({ risk: { maxOrderUsd: 4_000, maxPositionUsd: 20_000 } });
    commit('Smaller orders');
    // From the base it is a fall; but no grant stands, so that the guardian sees a rise from paper.
    const found = await ask({ base: 'HEAD~1', head: 'HEAD' });
    expect(found).toMatchObject({
      exitCode: 0,
      json: { verdict: 'allow', guardian: { from: null, verdict: 'refuse' } },
    });
    expect(changes(found)).toEqual(['fall risk.maxOrderUsd']);
    expect(found.text).toMatch(/^! the guardian judges from paper: no grant stands\..*REFUSE\s+it: /ms);
    git('checkout', '--quiet', 'HEAD~1');
    grant(readTarget(place()).posture);
    git('checkout', '--quiet', 'main');
    const agreed = await ask({ base: 'HEAD~1', head: 'HEAD' });
    expect(agreed).toMatchObject({ exitCode: 0, json: { verdict: 'allow', guardian: null } });
    expect(agreed.text).not.toContain('guardian judges');
  });

  it('without this machine: by the trust root of the base, and never without a ledger', async () => {
    prove();
    const good = readFileSync(stackFiles(place()).trustRoot);
    // The change brings keys of its own, which must not vouch for it.
    const other = makeTrust();
    writeFileSync(stackFiles(place()).trustRoot, formatTrustRoot(other.root, other.signers.approver));
    commit('Live, with a trust root of its own');
    rmSync(place().home, { recursive: true });
    const found = await ask({ base: 'HEAD~1', head: 'HEAD' });
    expect(found.exitCode).toBe(3);
    expect(codes(found)[0]).toBe('ledger_unreadable');
    expect(notes(found)).toEqual(expect.arrayContaining(['trust_root_not_pinned_here', 'grant_not_known']));
    expect(found.json.warnings).toMatchObject([{ code: 'trust_root_not_next' }]);
    // Its evidence is signed by the base's keys: looked at, and not judged.
    expect(found.json.gates[0].others).toMatchObject([{ code: 'not_judged', verified: { kind: 'preflight' } }]);
    writeFileSync(stackFiles(place()).trustRoot, good);
    commit('The trust root as it was');
    expect((await ask({ base: 'HEAD~2', head: 'HEAD' })).json.warnings).toEqual([]);
  });

  it('a way down is free whatever is broken: no ledger, no trust root, a base that cannot be read', async () => {
    write('stacks/Pulumi.main.yaml', 'config: [');
    commit('Broken');
    git('checkout', '--quiet', 'HEAD~2', '--', '.');
    commit('Back to paper');
    rmSync(place().home, { recursive: true });
    const found = await ask({ base: 'HEAD~1', head: 'HEAD' });
    expect(found).toMatchObject({ exitCode: 0, json: { verdict: 'allow', from: null } });
    expect(notes(found)).toContain('base_unreadable');
    expect(found.json.warnings.map(({ code }: { code: string }) => code)).toContain('ledger_unreadable');
  });
});

describe('errors', () => {
  const failure = (options: object) =>
    ask(options).then(
      () => expect.unreachable(),
      (error) => error,
    );

  it('an unknown revision, on either side', async () => {
    for (const name of ['nowhere', '--all', '', 'HEAD:stacks', '0000000000']) {
      expect(await failure({ base: name })).toMatchObject({ code: 'unknown_revision', exitCode: 2 });
    }
    const error = await failure({ base: 'HEAD', head: 'nowhere' });
    expect(error).toMatchObject({ code: 'unknown_revision', exitCode: 2 });
    expect(error.message).toContain('--head: expected a revision of this repository, received "nowhere"');
  });

  it('a detached head: it is judged as any other, and said where a branch is missing', async () => {
    git('checkout', '--quiet', '--detach');
    expect((await ask({ base: 'HEAD', head: 'HEAD' })).exitCode).toBe(0);
    git('update-ref', 'refs/remotes/origin/next', 'HEAD');
    expect(await failure({ base: 'next' })).toMatchObject({
      code: 'unknown_revision',
      details: [expect.stringContaining('HEAD is detached'), 'There is origin/next.'],
    });
  });

  it('a shallow clone', async () => {
    commit('Second');
    const clone = path.join(top, 'clone');
    execFileSync('git', ['clone', '--quiet', '--depth', '1', `file://${top}`, clone], { stdio: 'ignore' });
    dir = path.join(clone, 'trading');
    expect(await failure({ base: 'HEAD~1', head: 'HEAD' })).toMatchObject({
      code: 'shallow_clone',
      exitCode: 5,
      details: [expect.stringContaining('git fetch --unshallow')],
    });
    expect((await ask({ head: 'HEAD' })).exitCode).toBe(0);
  });

  it('no git, neither program nor repository, nor a commit', async () => {
    rmSync(path.join(top, '.git'), { recursive: true });
    expect(await failure({ base: 'HEAD' })).toMatchObject({ code: 'no_git', exitCode: 2 });
    git('init', '--quiet', top);
    expect(await failure({ base: 'HEAD' })).toMatchObject({
      code: 'unknown_revision',
      details: ['There is no commit yet.'],
    });
    const before = process.env.PATH;
    process.env.PATH = path.join(top, 'empty');
    try {
      expect(await failure({ base: 'HEAD' })).toMatchObject({ code: 'git_missing', exitCode: 5 });
    } finally {
      process.env.PATH = before;
    }
  });

  it('a config that does not parse, or is not there', async () => {
    write('stacks/Pulumi.main.yaml', 'config: [');
    commit('Broken');
    expect(await failure({ base: 'HEAD~1', head: 'HEAD' })).toMatchObject({ code: 'invalid_config', exitCode: 2 });
    git('checkout', '--quiet', 'HEAD~1', '--', '.');
    configure({ tradingMode: 'live' });
    commit('Live');
    const error = await failure({ base: 'HEAD~1', head: 'HEAD' });
    expect(error).toMatchObject({ code: 'invalid_config', exitCode: 2 });
    expect(error.message).toContain('in HEAD~1 (');
    rmSync(place().configFile);
    commit('Gone');
    expect(await failure({ base: 'HEAD~1', head: 'HEAD' })).toMatchObject({ code: 'unknown_stack', exitCode: 2 });
    git('checkout', '--quiet', 'HEAD~3', '--', '.');
    commit('There again');
    const found = await ask({ base: 'HEAD~1', head: 'HEAD' });
    expect(found.json.from).toBeNull();
    expect(notes(found)).toContain('stack_is_new');
  });

  it('content that a clone leaves out', async () => {
    write(agent, 'two');
    const oid = git('hash-object', '-w', agent).trim();
    commit('Another agent');
    rmSync(path.join(top, '.git', 'objects', oid.slice(0, 2), oid.slice(2)), { force: true });
    expect(await failure({ base: 'HEAD~1', head: 'HEAD' })).toMatchObject({ code: 'git_object_missing', exitCode: 5 });
  });
});
