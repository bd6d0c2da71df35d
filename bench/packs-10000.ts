import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { packageDir } from '../package-dir';
import { conftestDir, ensureConftest } from './conftest-binary';
import { type BenchResult, compare } from './measure';

const count = 10_000;
/** Every fourth has a tag, every fifth may run as root. */
const expected = count / 4 + count / 5;

/**
 * Two policies of the pack over 10,000 deployments against conftest with the same two rules on the same file. Both are a
 * process that starts, reads the file and says how many violations there are; what the engine adds to a policy, which
 * conftest has no part of, is in `preview-200`. Milliseconds for each resource.
 */
export async function benchPacks(progress: (message: string) => void, runs = 5): Promise<BenchResult[]> {
  const conftest = await ensureConftest(progress);
  if ('missing' in conftest) {
    progress(`the packs are not measured against conftest: ${conftest.missing}`);
    return [];
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'cutover-deployments-'));
  const file = path.join(folder, 'deployments.json');
  writeFileSync(file, JSON.stringify(Array.from({ length: count }, (_, index) => deployment(index))));
  const judge = path.join(packageDir(), 'dist', 'bench', 'packs-judge.js');
  const check = (found: number) => {
    if (found !== expected) throw new Error(`expected ${expected} violations, received ${found}`);
  };
  try {
    progress(`judging ${count} deployments, ${runs + 1} times each way`);
    const seconds = await compare(
      'packs-10000',
      1 / 3,
      runs,
      async () => check(Number((await execa(process.execPath, [judge, file])).stdout)),
      async () => {
        const args = ['test', file, '--policy', conftestDir(), '--output', 'json', '--parser', 'json'];
        const { stdout } = await execa(conftest.file, args, { reject: false, maxBuffer: 1e9 });
        check((JSON.parse(stdout) as { failures?: unknown[] }[]).flatMap(({ failures = [] }) => failures).length);
      },
    );
    const each = (time: number) => (time * 1_000) / count;
    return [{ ...seconds, ours: each(seconds.ours), peer: each(seconds.peer), unit: 'ms per resource' }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function deployment(index: number): object {
  const name = `workload-${index}`;
  const image = index % 4 === 0 ? 'registry.example.com/app:1.0' : `registry.example.com/app@sha256:${'1'.repeat(64)}`;
  const env = Array.from({ length: 12 }, (_, entry) => ({ name: `SETTING_${entry}`, value: `value ${entry}` }));
  const security = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };
  const container = {
    name: 'main',
    image,
    command: ['/usr/local/bin/node', '/app/main.js'],
    env,
    ports: [{ name: 'http', containerPort: 8000 }],
    resources: { limits: { cpu: '1', memory: '512Mi' } },
    securityContext: security,
    readinessProbe: { httpGet: { path: '/health', port: 8000 } },
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'trading', labels: { app: name } },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          securityContext: { runAsNonRoot: index % 5 !== 0, runAsUser: 10_001 },
          containers: [container],
          volumes: [{ name: 'data', persistentVolumeClaim: { claimName: `${name}-data` } }],
        },
      },
    },
  };
}
