import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { runTool, tryTool } from '../../helpers/tool';
import { addressesOf, nodeName, own, type Place } from './place';

/**
 * What the kubelet sets for the whole machine. In the node's view of /proc/sys these are files of its own that hold the
 * value already, so that the machine keeps what it has.
 */
const kernelSettings: Readonly<Record<string, number>> = {
  'kernel/keys/root_maxbytes': 25_000_000,
  'kernel/keys/root_maxkeys': 1_000_000,
  'kernel/panic': 10,
  'kernel/panic_on_oops': 1,
  'vm/overcommit_memory': 1,
  'vm/panic_on_oom': 0,
};

/** The namespaces that the cluster's node is made of; its processes see nothing else of this machine but files. */
export interface Node {
  /** Process 1 of the node. When it ends, and it does with this process, the kernel ends every other one in the node. */
  readonly init: number;
  /** What runs a command in the node, to be put before the command. */
  readonly enter: readonly string[];
}

/**
 * Makes the node: namespaces for processes, mounts, network and names. So mounts, interfaces, routes and the rules of
 * iptables are the node's own, do not meet those of other daemons, and go with its last process.
 * @param programs the folder that `ensurePrograms` gives
 * @throws Error with what a tool said
 */
export async function makeNode(place: Place, programs: string): Promise<Node> {
  for (const name of ['bin', 'lib', 'logs']) mkdirSync(own(place, name));
  const init = await startInit(place, path.join(programs, 'pause'));
  const node: Node = { init, enter: ['nsenter', '--target', `${init}`, '--mount', '--uts', '--ipc', '--net', '--pid'] };
  connect(place, init);
  runIn(node, 'sh', '-ec', setUp(place, programs));
  return node;
}

/** Runs a command in the node to its end. @returns what it printed */
export function runIn({ enter }: Node, ...command: string[]): string {
  const [file, ...args] = [...enter, ...command];
  return runTool(file!, ...args);
}

/**
 * Starts a program in the node.
 * @param log the name of the file that takes what it prints
 */
export function startIn(place: Place, { enter }: Node, log: string, command: readonly string[]): ChildProcess {
  const [file, ...args] = [...enter, ...command];
  const output = openSync(logOf(place, log), 'a');
  // No proxy, kubeconfig or other setting of this process's environment is meant for the cluster.
  const env = { PATH: process.env.PATH, HOME: own(place, 'lib') };
  const child = spawn(file!, args, { stdio: ['ignore', output, output], detached: true, env });
  closeSync(output);
  return child;
}

/** Where a program's output is. */
export const logOf = (place: Place, name: string): string => own(place, 'logs', name);

async function startInit(place: Place, pause: string): Promise<number> {
  const child = spawn(
    'unshare',
    // The folder as an argument shows whose process this is.
    [...['--mount', '--uts', '--ipc', '--net', '--pid', '--mount-proc', '--fork', '--kill-child'], pause].concat(
      'until-input-ends',
      `${place.folder}/`,
    ),
    { stdio: ['pipe', 'pipe', 'pipe'], detached: true },
  );
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  child.on('error', (error) => {
    errors += error.message;
  });
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'close').catch(() => []),
  ])) as [unknown];
  if (line !== 'ready') throw new Error(`no namespaces can be made for a node: ${errors.trim()}`);
  child.unref();
  return Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8'));
}

/** Joins the node to this machine by a line of its own. There is no way from it to any other network. */
function connect(place: Place, init: number): void {
  const { machine } = addressesOf(place);
  const peer = ['peer', 'name', 'eth0', 'netns', `${init}`];
  runTool('ip', 'link', 'add', place.name, 'type', 'veth', ...peer);
  runTool('ip', 'addr', 'add', `${machine}/30`, 'dev', place.name);
  runTool('ip', 'link', 'set', place.name, 'up');
}

function setUp(place: Place, programs: string): string {
  const { node, services, pods } = addressesOf(place);
  const settings = Object.entries(kernelSettings).map(([name, value]) => {
    const file = own(place, 'lib', name.replaceAll('/', '.'));
    writeFileSync(file, `${value}\n`);
    return `mount --bind ${file} /proc/sys/${name}`;
  });
  mkdirSync(own(place, 'lib', 'state'));
  return `
    hostname ${nodeName}
    mount --make-rshared /
    mount --bind ${programs} ${own(place, 'bin')}
    ${settings.join('\n    ')}
    # Where programs have files at places that no option changes.
    mount -t tmpfs tmpfs /run
    mount --bind ${own(place, 'lib', 'state')} /var/lib
    mount -t tmpfs tmpfs /var/log
    ip link set lo up
    ip addr add ${node}/30 dev eth0
    ip link set eth0 up
    # So that the node itself finds services: where they really are is decided after the route is.
    ip route add ${services} dev eth0
    echo 1 > /proc/sys/net/ipv4/ip_forward
    # Each new connection from or between pods is first judged by the network policies.
    iptables -t mangle -A FORWARD -m conntrack --ctstate NEW -j NFQUEUE --queue-num 100
    iptables -t mangle -A INPUT -s ${pods} -m conntrack --ctstate NEW -j NFQUEUE --queue-num 100
  `;
}

/** Removes the interface of a node that ended, where it is still there. */
export function removeConnection(place: Place): void {
  tryTool('ip', 'link', 'delete', place.name);
}
