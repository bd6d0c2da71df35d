import type { Plain } from '../read-inputs';
import { asPlain, asText, asTexts, shippedWorkload, type Unit } from './unit';

export const processType = 'cutover:index:Process';

/** A process of the `process` platform: it runs as whoever applied it, so there are no walls to judge. */
export function readProcess(name: string, props: Plain): Unit {
  const environment = Object.entries(asPlain(props.environment)).map(([variable, value]) => ({
    name: variable,
    value: String(value),
  }));
  const readVariable = (variable: string) => environment.find((one) => one.name === variable)?.value;
  const words = asTexts(props.command);
  const address = asText(props.host) || '0.0.0.0';
  const folder = readVariable('DATA_DIR');
  return {
    platform: 'process',
    name,
    stack: asText(props.stack) || readVariable('CUTOVER_STACK'),
    workload: asText(props.workload) || readVariable('CUTOVER_WORKLOAD') || shippedWorkload(words),
    image: asText(props.source),
    words,
    environment,
    secrets: asTexts(props.secrets),
    // A process has the folders of the machine as they are.
    mounts: folder ? [{ kind: 'kept', source: folder, target: folder }] : [],
    published: [...new Set([address, readVariable('HOST') ?? address])].map((one) => ({
      port: String(props.port ?? ''),
      address: one,
    })),
    // The provider asks for /health on the port before it counts a process as up.
    hasHealthCheck: typeof props.port === 'number',
    walls: null,
  };
}
