import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { ensureEngine } from '../../../toolchain/engine';
import { engineEnvironment } from '../../../toolchain/engine-environment';
import { bundleEntry } from '../../helpers/bundle';

const root = path.resolve(__dirname, '..', '..', '..');

/** What the program of these tests declares. */
export interface Declared {
  readonly namespace: string;
  readonly image: string;
  /** Further inputs of the provider. */
  readonly provider: Record<string, unknown>;
  readonly data?: Record<string, string>;
  readonly env?: Record<string, string>;
  /** Further inputs of the container. */
  readonly container?: Record<string, unknown>;
  /** For how long an update of the deployment is waited for, such as `5s`. */
  readonly update?: string;
}

/** One object of every kind that the stand-in serves. */
const program = `
const k8s = require('@pulumi/kubernetes');
const pulumi = require('@pulumi/pulumi');
const { namespace, image, provider: settings, data, env = {}, container, update = '3m' } = require('./declared.json');
const provider = new k8s.Provider('cluster', { enableConfigMapMutable: true, ...settings });
const waited = { provider, customTimeouts: { create: '3m', update } };
new k8s.core.v1.PersistentVolumeClaim('claim', {
  metadata: { name: namespace, namespace: 'default', annotations: { 'pulumi.com/skipAwait': 'true' } },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1024Ki' } } },
}, { provider, retainOnDelete: true });
const ns = new k8s.core.v1.Namespace('ns', { metadata: { name: namespace } }, { provider });
const metadata = { name: 'box', namespace: ns.metadata.name };
new k8s.core.v1.ConfigMap('config', { metadata, data }, { provider });
new k8s.core.v1.Secret('secret', { metadata, stringData: { token: pulumi.secret('hidden words') } }, { provider });
const labels = { app: 'box' };
new k8s.apps.v1.Deployment('box', {
  metadata,
  spec: {
    replicas: 1, strategy: { type: 'Recreate' }, selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        automountServiceAccountToken: false, terminationGracePeriodSeconds: 0,
        containers: [{
          name: 'box', image, imagePullPolicy: 'IfNotPresent',
          env: [{ name: 'EMPTY', value: '' }, ...Object.entries(env).map(([name, value]) => ({ name, value }))],
          resources: { limits: { memory: '65536Ki' } },
          ...container,
        }],
      },
    },
  },
}, waited);
const under = { provider };
new k8s.core.v1.ServiceAccount('account', { metadata, automountServiceAccountToken: false }, under);
new k8s.core.v1.ResourceQuota('quota', { metadata, spec: { hard: { pods: '10', 'requests.memory': '4096Mi' } } }, under);
new k8s.rbac.v1.Role('role', { metadata, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] }, under);
new k8s.rbac.v1.RoleBinding('binding', {
  metadata,
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'box' },
  subjects: [{ kind: 'ServiceAccount', name: 'box', namespace }],
}, under);
new k8s.networking.v1.NetworkPolicy('network', { metadata, spec: { podSelector: {}, policyTypes: ['Ingress'] } }, under);
new k8s.policy.v1.PodDisruptionBudget('budget', {
  metadata, spec: { maxUnavailable: 0, selector: { matchLabels: labels } },
}, under);
const door = new k8s.admissionregistration.v1.ValidatingAdmissionPolicy('door', {
  metadata: { name: namespace },
  spec: {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['secrets'] }],
    },
    validations: [{ expression: 'true', message: 'never' }],
  },
}, under);
new k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding('door-binding', {
  metadata: { name: namespace },
  spec: {
    policyName: namespace, validationActions: ['Deny'],
    matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
  },
}, { provider, dependsOn: [door] });
new k8s.core.v1.Service('service', { metadata, spec: { selector: labels, ports: [{ port: 80 }] } }, waited);
`;

/** Makes a project in a folder and a stack of it. @returns how to run the engine there */
export async function makeProject(folder: string) {
  const engine = await ensureEngine({ onProgress: (message) => console.error(message) });
  const languageHost = await bundleEntry('toolchain/language-host.ts');
  const state = path.join(folder, 'state');
  mkdirSync(state);
  const env = {
    ...process.env,
    ...engineEnvironment(engine, { home: folder, languageHost }),
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: 'test',
  };
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  writeFileSync(path.join(folder, 'Pulumi.yaml'), 'name: probe\nruntime: nodejs\n');
  writeFileSync(path.join(folder, 'package.json'), '{"name": "probe", "version": "1.0.0", "main": "index.js"}');
  writeFileSync(path.join(folder, 'index.js'), program);

  async function pulumi(...args: string[]) {
    const run = await execa('pulumi', [...args, '--stack', 'main', '--non-interactive', '--color', 'never'], {
      cwd: folder,
      env,
      extendEnv: false,
      reject: false,
      all: true,
    });
    return { code: run.exitCode, output: run.all };
  }

  /** @returns how many resources were created, updated, replaced and so on; and everything that was said */
  async function up(declared: Declared, ...args: string[]) {
    writeFileSync(path.join(folder, 'declared.json'), JSON.stringify(declared));
    const { code, output } = await pulumi('up', '--yes', '--skip-preview', ...args);
    const counts = [...output.matchAll(/^.*?(\d+) (created|updated|replaced|deleted|unchanged)$/gm)];
    return { code, output, changes: Object.fromEntries(counts.map(([, count, what]) => [what!, Number(count)])) };
  }

  /** Everything that the engine keeps, as text. */
  function kept(): string {
    const files = readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return files.map(({ parentPath, name }) => readFileSync(path.join(parentPath, name), 'utf8')).join('\n');
  }

  return { pulumi, up, kept };
}
