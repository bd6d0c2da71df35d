import { afterEach, beforeEach, expect, it } from 'vitest';
import { statementType } from '../../evidence/statement';
import { kindsToLive, ReadyStack, type Stored } from '../helpers/ready-stack';

// Attack 7: the statement's type is missing or unknown, in an evidence that is honest otherwise and properly signed.
let stack: ReadyStack;
let stored: Stored;
beforeEach(() => {
  stack = new ReadyStack();
  stored = stack.prove();
  expect(stack.codes()).toEqual([]);
});
afterEach(() => stack.destroy());

const others: [what: string, type: unknown][] = [
  ['missing', undefined],
  ['an older version', 'https://in-toto.io/Statement/v0.1'],
  ['a newer version', 'https://in-toto.io/Statement/v2'],
  ['a prefix', 'https://in-toto.io/Statement'],
  ['in other letters', statementType.toUpperCase()],
  ['with more at its end', `${statementType}/`],
  ['empty', ''],
  ['null', null],
  ['a list of the right one', [statementType]],
  ['no text', 1],
];

it.each(others)('a type that is %s is refused, of every kind', (_, type) => {
  for (const kind of kindsToLive) {
    stack.replace(stored[kind]!, ({ _type, ...statement }) =>
      type === undefined ? statement : { ...statement, _type: type },
    );
    expect(stack.codes(), kind).toEqual([`${kind}:unknown_statement`]);
    stack.replace(stored[kind]!, (statement) => statement);
    expect(stack.codes()).toEqual([]);
  }
});
