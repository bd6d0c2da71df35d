import type { Plain } from '../read-inputs';
import { asList, asPlain, asText } from './unit';

/** A text of a resource's inputs. `name` is what it is called where it stands, such as a variable; empty where nothing. */
export interface Text {
  /** Where it stands, for a message. */
  readonly where: string;
  readonly name: string;
  readonly value: string;
}

/** How deep inputs are looked into: nothing of a resource nests as deep. */
const deepest = 64;

/**
 * Every text of a resource's inputs: the entries of an environment under the variable's name, `--name value` and
 * `--name=value` of a command under the option's, what a text holds as JSON under its keys, and the bytes of a
 * ConfigMap as text.
 */
export function listTexts(props: Plain): Text[] {
  const found: Text[] = [];
  visit(props, '', 0, found);
  return found;
}

function visit(value: unknown, where: string, depth: number, found: Text[]): void {
  if (depth > deepest) return;
  if (typeof value === 'string') visitText(value, where, depth, found);
  else if (Array.isArray(value)) visitList(value, where, depth, found);
  else for (const [key, one] of Object.entries(asPlain(value))) visitField(key, one, where, depth, found);
}

function visitField(key: string, one: unknown, where: string, depth: number, found: Text[]): void {
  const path = where === '' ? key : `${where}.${key}`;
  if (key === 'binaryData' || key === 'contentBase64') {
    for (const [name, bytes] of typeof one === 'string' ? [[key, one]] : Object.entries(asPlain(one)))
      found.push({
        where: `${path}.${name}`,
        name: '',
        value: Buffer.from(asText(bytes), 'base64').toString('latin1'),
      });
  } else if (typeof one === 'string') visitText(one, path, depth, found, holdsNamed.test(where) ? key : '');
  else visit(one, path, depth + 1, found);
}

/** Where keys are names that somebody chose, and not words of the resource's kind. */
const holdsNamed = /(?:^|\.)(?:data|environment|env|values|buildArgs|driverOpts)$/;

/** The entries of an environment, of labels and of a command name what follows. */
function visitList(list: readonly unknown[], where: string, depth: number, found: Text[]): void {
  for (const [index, one] of list.entries()) {
    const at = `${where}[${index}]`;
    const { name, label, value } = asPlain(one);
    if (typeof value === 'string' && typeof (name ?? label) === 'string')
      visitNamed(String(name ?? label), value, where, depth, found);
    else if (typeof one === 'string') visitWord(one, list[index - 1], at, depth, found);
    else visit(one, at, depth + 1, found);
  }
}

function visitWord(word: string, before: unknown, where: string, depth: number, found: Text[]): void {
  const assigned = /^-{0,2}([A-Za-z_][\w.-]*)=(.*)$/s.exec(word);
  if (assigned) visitNamed(assigned[1]!, assigned[2]!, where.replace(/\[\d+\]$/, ''), depth, found);
  else if (/^--?[A-Za-z]/.test(asText(before)) && !word.startsWith('-') && !asText(before).includes('='))
    visitNamed(asText(before).replace(/^-+/, ''), word, where, depth, found);
  else visitText(word, where, depth, found);
}

function visitNamed(name: string, value: string, where: string, depth: number, found: Text[]): void {
  visitText(value, `${where} ${name}`, depth, found, name);
}

function visitText(value: string, where: string, depth: number, found: Text[], name = ''): void {
  found.push({ where, name, value });
  const inner = readJson(value);
  if (inner !== undefined) visitInside(inner, where, depth + 1, found);
}

/** Inside of JSON every key is a name. */
function visitInside(value: unknown, where: string, depth: number, found: Text[]): void {
  if (depth > deepest) return;
  if (Array.isArray(value)) {
    if (value.every((one) => typeof one === 'string')) visitList(value, where, depth, found);
    else for (const [index, one] of value.entries()) visitInside(one, `${where}[${index}]`, depth + 1, found);
    return;
  }
  for (const [key, one] of Object.entries(asPlain(value))) {
    const path = `${where}.${key}`;
    if (typeof one === 'string') found.push({ where: path, name: key, value: one });
    else if (asList(one).length > 0 || Object.keys(asPlain(one)).length > 0) visitInside(one, path, depth + 1, found);
  }
}

function readJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON
  }
}
