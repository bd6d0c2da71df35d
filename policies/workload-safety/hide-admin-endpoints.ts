import { labelNames } from '../../platforms/kubernetes/names';
import { workloadNames } from '../../posture/posture';
import type { Check } from './check';
import { asList, asPlain, asText, asTexts, type Subject, type Unit } from './unit';

/**
 * What halts, closes and resets is reached by operators on the machine or through the API server, and by nobody else.
 * What is no workload of a stack may be published where its declaration asks for it by name.
 */
export const hideAdminEndpoints: Check = {
  name: 'hide-admin-endpoints',
  description: 'No endpoint of a workload can be reached from beyond the machine or the cluster.',
  find: (subject) => [
    ...subject.units.flatMap((unit) => findPublished(unit, subject)),
    ...findService(subject),
    ...findRoutes(subject),
  ],
};

/** By this label or annotation a declaration asks to be published; it does not count for workloads of a stack. */
const exposed = { docker: 'cutover.exposed', kubernetes: 'cutover.dev/exposed' } as const;

const names: readonly string[] = [...workloadNames, 'docker-proxy'];
const isLoopback = (address: string): boolean => /^(127(\.\d{1,3}){3}|\[?::1\]?|localhost)$/.test(address);

function findPublished({ name, workload, published }: Unit, subject: Subject): string[] {
  const isOurs = names.includes(workload ?? '');
  if (!isOurs && asksToBeExposed(subject)) return [];
  return published
    .filter(({ address }) => !isLoopback(address))
    .map(({ port, address }) => `${name} answers on ${address}, port ${port}: expected 127.0.0.1${hint(isOurs)}`);
}

const hint = (isOurs: boolean) =>
  isOurs ? '' : `, or ${exposed.docker} / ${exposed.kubernetes}: "true" to ask for it`;

function asksToBeExposed({ props }: Subject): boolean {
  const { annotations } = asPlain(props.metadata);
  if (asPlain(annotations)[exposed.kubernetes] === 'true') return true;
  return asList(props.labels)
    .map(asPlain)
    .some(({ label, value }) => label === exposed.docker && value === 'true');
}

/** A Service that is published, whatever it selects: who selects by stack alone selects the guardian too. */
function findService(subject: Subject): string[] {
  if (!/^kubernetes:core\/v1:Service(Patch|List)?$/.test(subject.type)) return [];
  const items = subject.type.endsWith('List') ? asList(subject.props.items).map(asPlain) : [subject.props];
  return items.flatMap((props) => {
    const { type, externalIPs, selector } = asPlain(props.spec);
    const published = ['LoadBalancer', 'NodePort'].includes(asText(type)) ? asText(type) : undefined;
    const outside = asTexts(externalIPs);
    if (published === undefined && outside.length === 0) return [];
    const labels = asPlain(selector);
    const { name } = asPlain(props.metadata);
    const isOurs =
      labels[labelNames.stack] !== undefined ||
      names.includes(asText(labels[labelNames.workload])) ||
      names.includes(asText(name)) ||
      Object.keys(labels).length === 0;
    if (!isOurs && asksToBeExposed(subject)) return [];
    const what = published === undefined ? `externalIPs ${outside.join(', ')}` : `type ${published}`;
    return [`it is published by ${what}: expected ClusterIP${hint(isOurs)}`];
  });
}

/** Ingresses and routes that lead to a workload's Service. */
function findRoutes({ type, props }: Subject): string[] {
  if (
    !/^kubernetes:(networking\.k8s\.io|extensions|gateway\.networking\.k8s\.io|traefik[^/]*|networking\.istio\.io)\//.test(
      type,
    )
  )
    return [];
  if (/:NetworkPolicy/.test(type)) return [];
  const led = new Set(servicesIn(props).filter((name) => names.includes(name)));
  return [...led].map((name) => `it leads to ${name} from outside: expected no way in but the API server`);
}

/** Names of the Services that a route names, in whatever words of its kind. */
function servicesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(servicesIn);
  const plain = asPlain(value);
  const named = [asPlain(plain.service).name, plain.serviceName, asPlain(plain.destination).host];
  const references = [...asList(plain.backendRefs), ...asList(plain.services)].map((one) => asPlain(one).name);
  const own = [...named, ...references].map(asText).map((name) => name.split('.')[0] ?? '');
  return [...own, ...Object.values(plain).flatMap(servicesIn)];
}
