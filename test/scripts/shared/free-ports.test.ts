import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isPortFree } from '../../../platforms/process/ports';
import { findFreePorts } from '../../../scripts/shared/free-ports';

it('are free, different, and none that the system gives to connections', async () => {
  const ports = await findFreePorts(6);
  expect(new Set(ports).size).toBe(6);
  for (const port of ports) expect(await isPortFree(port, '127.0.0.1')).toBe(true);
  const [lowest] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/).map(Number);
  expect(Math.max(...ports)).toBeLessThan(lowest!);
});
