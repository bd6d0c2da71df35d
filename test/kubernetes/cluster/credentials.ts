import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { type Node, runIn } from './node';
import { nodeName, own, type Place, serverOf } from './place';

const masters = 'system:masters';

/** Who may talk to the API server: a user and its groups, as Kubernetes itself names them in its default roles. */
const users = {
  admin: ['admin', masters],
  'controller-manager': ['system:kube-controller-manager'],
  scheduler: ['system:kube-scheduler'],
  kubelet: [`system:node:${nodeName}`, 'system:nodes'],
  proxy: ['system:kube-proxy'],
  'network-policies': ['network-policies', masters],
} as const;

export type ClusterUser = keyof typeof users;

/** Files with the credentials of a cluster. */
export const files = {
  tokens: 'tokens.csv',
  serviceAccountKey: 'service-account.key',
  serviceAccountPublicKey: 'service-account.pub',
  /** By which the API server shows the kubelet who it is. */
  kubeletClientCertificate: 'kubelet-client.crt',
  kubeletClientKey: 'kubelet-client.key',
  /** The API server's own, which it makes at its start, with the authority that signed it. */
  serverCertificate: 'apiserver/apiserver.crt',
} as const;

export const kubeconfigOf = (place: Place, user: ClusterUser): string => own(place, `${user}.kubeconfig`);

/** Writes tokens, keys, and a kubeconfig for each user. The API server's certificate need not be there yet. */
export function writeCredentials(place: Place, node: Node): void {
  const write = (name: string, text: string) => writeFileSync(own(place, name), text, { mode: 0o600 });
  const lines = Object.entries(users).map(([key, [user, ...groups]]) => {
    const token = randomBytes(24).toString('hex');
    const authority = { 'certificate-authority': own(place, files.serverCertificate) };
    write(`${key}.kubeconfig`, kubeconfig(serverOf(place), authority, token));
    return `${token},${user},${user},"${groups.join(',')}"\n`;
  });
  write(files.tokens, lines.join(''));
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  write(files.serviceAccountKey, privateKey.export({ type: 'sec1', format: 'pem' }).toString());
  write(files.serviceAccountPublicKey, publicKey.export({ type: 'spki', format: 'pem' }).toString());
  const target = [own(place, files.kubeletClientCertificate), own(place, files.kubeletClientKey)];
  runIn(node, own(place, 'bin', 'cluster'), 'certificate', 'kube-apiserver-kubelet-client', masters, ...target);
}

/**
 * Writes a kubeconfig of the admin that needs no other file: what tests are given.
 * @returns its path
 */
export function writeAdminKubeconfig(place: Place): string {
  const authority = readFileSync(own(place, files.serverCertificate)).toString('base64');
  const token = /token: "(\w+)"/.exec(readFileSync(kubeconfigOf(place, 'admin'), 'utf8'))![1]!;
  const file = own(place, 'kubeconfig');
  const text = kubeconfig(serverOf(place), { 'certificate-authority-data': authority }, token);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

function kubeconfig(server: string, authority: Record<string, string>, token: string): string {
  const [[key, value]] = Object.entries(authority) as [[string, string]];
  return `apiVersion: v1
kind: Config
clusters: [{ name: tests, cluster: { server: "${server}", ${key}: "${value}" } }]
users: [{ name: tests, user: { token: "${token}" } }]
contexts: [{ name: tests, context: { cluster: tests, user: tests } }]
current-context: tests
`;
}
