import canonicalize from 'canonicalize';
import { formatEnvelope, signPayload } from '../../evidence/dsse';
import { payloadType } from '../../evidence/statement';
import { signers } from '../../simulate/keys';
import type { Random } from '../../simulate/random';
import { readLoosely } from './envelope';
import type { Mutator } from './mutator';

/** May be left out: what lacks it is another honest document. */
const optional = ['rollbackWindowSeconds'];

type Node = Record<string, unknown> | unknown[];

/**
 * An honest envelope whose content is of a wrong form, signed by the very keys whose word it is: a field left out or
 * added, a value of another type, or JSON that is none.
 */
export const spoilContent: Mutator = {
  name: 'spoil-content',
  mutate({ random, document }) {
    const envelope = readLoosely(document);
    if (!envelope) return undefined;
    const type = String(envelope.payloadType);
    const text = spoil(Buffer.from(String(envelope.payload), 'base64').toString('utf8'), random);
    const payload = { payloadType: type, payload: Buffer.from(text) };
    const by = type === payloadType ? [signers.measure, signers.approver] : Object.values(signers);
    return Buffer.from(formatEnvelope({ ...payload, signatures: signPayload(payload, by) }));
  },
};

function spoil(text: string, random: Random): string {
  if (random.chance(0.2)) return random.pick([text.slice(0, -1), `${text} 1`, `[${text}]`, '', '{}', `\ufeff${text}`]);
  const content: unknown = JSON.parse(text);
  const nodes = nodesOf(content).filter((node) => !Array.isArray(node));
  const node = random.pick(nodes) as Record<string, unknown>;
  const keys = Object.keys(node);
  const key = random.pick(keys);
  if (random.chance(0.3)) node[`${key}s`] = node[key];
  else if (random.chance(0.4) && !optional.includes(key)) delete node[key];
  else node[key] = random.pick([[node[key]], { [key]: node[key] }]);
  return canonicalize(content) as string;
}

/** A value's objects and lists that have something in them, itself included. */
function nodesOf(value: unknown): Node[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(nodesOf);
  return Object.keys(value).length > 0 ? [value as Node, ...inner] : inner;
}
