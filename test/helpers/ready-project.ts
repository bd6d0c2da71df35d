import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { writePrivateKey } from '../../evidence/keys';
import { formatTrustRoot } from '../../evidence/trust-root';
import { createLedger } from '../../ledger/ledger-file';
import { postureFile } from '../../platforms/process/home';
import type { Posture } from '../../posture/posture';
import { stackFiles } from '../../scripts/shared/stack-files';
import { makeProject, prepareEngine, type TestProject } from './project';
import { storeProofs } from './store-proofs';
import { makeTrust, type Trust } from './trust';

/** Keys, trust root and ledger of a project's stack, as `keys init` leaves them. */
export function initialiseKeys({ place }: Pick<TestProject, 'place'>, trust: Trust): void {
  const { guardian, gatewayTrustRoot } = stackFiles(place);
  const text = formatTrustRoot(trust.root, trust.signers.approver);
  for (const file of [guardian.trustRoot, gatewayTrustRoot]) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  writePrivateKey(guardian.key, trust.signers.guardian[0]!);
  createLedger(guardian.ledger, trust.genesis);
}

/** A project that is up in paper, with the proofs of the same posture live. */
export interface ReadyProject {
  readonly project: TestProject;
  /** Whatever the policies said against a change that was refused, as text. */
  refuse(...verb: string[]): Promise<string>;
  mode(): Promise<string>;
}

/** @param prepare what is changed in the project's folder before it is brought up */
export async function makeReadyProject(prepare: (project: TestProject) => void = () => {}): Promise<ReadyProject> {
  await prepareEngine();
  const project = await makeProject();
  prepare(project);
  const up = await project.cutover('up');
  if (up.exitCode !== 0) throw new Error(`expected a stack in paper: ${up.stderr}`);
  const trust = makeTrust({ now: Date.now() - 1_000 });
  initialiseKeys(project, trust);
  const { posture } = JSON.parse(readFileSync(postureFile(project.place), 'utf8')) as { posture: Posture };
  const { guardian, evidence } = stackFiles(project.place);
  const live = { ...posture, tradingMode: 'live' as const };
  storeProofs({ trust, ledger: guardian.ledger, evidence }, null, live, ['preflight', 'snapshot', 'canary', 'drill']);
  return {
    project,
    refuse: async (...verb) => {
      const { exitCode, json, stderr } = await project.cutover(...verb);
      if (exitCode !== 3) throw new Error(`expected a refusal of ${verb.join(' ')}, received ${exitCode}: ${stderr}`);
      return JSON.stringify(json);
    },
    mode: async () => (await project.get('backend', '/health')).tradingMode,
  };
}
