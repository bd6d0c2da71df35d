import { randomInt } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freeSubnet } from '../../helpers/free-subnet';
import { runTool, tryTool } from '../../helpers/tool';

/** What a daemon of the test bed has of its own in the machine's network, where daemons otherwise share. */
export interface OwnNetwork {
  /** The default bridge. */
  readonly bridge: string;
  /** The first two numbers of every address, such as `10.213`. */
  readonly subnet: string;
  /** What the names of its iptables chains begin with, in place of `DOCKER`. */
  readonly chains: string;
}

/**
 * Chooses addresses that no interface and no route of this machine uses, and makes the default bridge with them: a
 * daemon that is given none takes over `docker0`, which may be another daemon's.
 */
export function makeOwnNetwork(): OwnNetwork {
  const mark = randomInt(0x10000).toString(16).padStart(4, '0');
  const network = { bridge: `cutover-${mark}`, subnet: freeSubnet(), chains: `CUT-${mark}` };
  runTool('ip', 'link', 'add', 'name', network.bridge, 'type', 'bridge');
  runTool('ip', 'addr', 'add', `${network.subnet}.128.1/24`, 'dev', network.bridge);
  runTool('ip', 'link', 'set', network.bridge, 'up');
  return network;
}

/** The daemon's options that keep it to its own network. */
export function networkOptions({ bridge, subnet }: OwnNetwork): string[] {
  return ['--bridge', bridge, '--default-address-pool', `base=${subnet}.0.0/17,size=24`];
}

/**
 * Writes an `iptables` for the daemon's PATH that gives the chains another name. A daemon that starts removes the
 * chains `DOCKER...` and makes them anew, and with them would go the rules of a daemon that runs already.
 * @returns the folder to put before the daemon's PATH
 */
export function wrapIptables(folder: string, { chains }: OwnNetwork): string {
  const bin = path.join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const name of ['iptables', 'ip6tables']) {
    const real = tryTool('sh', '-c', `command -v ${name}`).trim();
    if (!real) continue;
    const script = `#!/bin/sh
for word do
  shift
  case $word in DOCKER | DOCKER-*) word=${chains}\${word#DOCKER} ;; esac
  set -- "$@" "$word"
done
exec ${real} "$@"
`;
    writeFileSync(path.join(bin, name), script, { mode: 0o755 });
  }
  return bin;
}

/** Removes every bridge, rule and chain of the daemon; also those that it left because it was killed. */
export function removeOwnNetwork({ bridge, subnet, chains }: OwnNetwork): void {
  const bridges = new Set([bridge]);
  for (const line of tryTool('ip', '-4', '-o', 'addr').split('\n')) {
    const [, name, , address] = line.split(/\s+|:\s+/);
    if (name && address?.startsWith(`${subnet}.`)) bridges.add(name);
  }
  for (const tables of ['iptables', 'ip6tables']) {
    for (const table of ['filter', 'nat', 'raw', 'mangle']) removeRules(tables, table);
  }
  for (const name of bridges) tryTool('ip', 'link', 'delete', name);

  function removeRules(tables: string, table: string): void {
    const lines = tryTool(tables, '-t', table, '-S').split('\n');
    const own = (words: string[]) =>
      words.some((word) => word.startsWith(chains) || word.startsWith(`${subnet}.`) || bridges.has(word));
    for (const line of lines) {
      const [command, ...rest] = line.trim().split(/\s+/);
      if (command === '-A' && own(rest)) tryTool(tables, '-w', '-t', table, '-D', ...rest);
    }
    const made = lines.map((line) => line.split(/\s+/)).filter(([command]) => command === '-N');
    for (const [, chain] of made) if (chain?.startsWith(chains)) tryTool(tables, '-w', '-t', table, '-X', chain);
  }
}
