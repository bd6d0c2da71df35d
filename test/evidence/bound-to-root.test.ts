import { expect, test } from 'vitest';
import { bindToRoot } from '../../evidence/bound-to-root';
import { digestTrustRoot } from '../../evidence/trust-root';
import { makeTrust, nextTrust } from '../helpers/trust';

const first = makeTrust();
const second = nextTrust(first, ['measure']).trust;

test('what is signed under the first trust root is signed as it is', () => {
  expect(bindToRoot(first.root, 'a permit')).toBe('a permit');
});

test('under a later one its digest is signed with it, so that no other one has the same bytes', () => {
  const third = nextTrust(second, ['measure']).trust;
  expect(bindToRoot(second.root, 'a permit')).toBe(`a permit\n${digestTrustRoot(second.root)}`);
  const bytes = [first, second, third].map(({ root }) => bindToRoot(root, 'a permit'));
  expect(new Set(bytes).size).toBe(3);
});
