import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { goObjection } from '../../toolchain/build-engine';
import { engineVersion } from '../../toolchain/cache';
import { versionObjection } from '../../toolchain/inspect-engine';
import { checkNodeVersion } from '../../toolchain/node-version';

const part = fc.nat({ max: 500 });
const [major, minor, patch] = engineVersion.split('.').map(Number) as [number, number, number];

describe('versions', () => {
  test.prop([part, part, part])('an engine fits when it is of the same major and not older', (a, b, c) => {
    const fits = a === major && (b > minor || (b === minor && c >= patch));
    expect(versionObjection(`v${a}.${b}.${c}`) === undefined).toBe(fits);
    expect(versionObjection(`v${major}.${b}.${c}-dev.0`) === undefined).toBe(b > minor || (b === minor && c >= patch));
  });

  test.prop([fc.string()])('what is no version never fits and never throws', (text) => {
    fc.pre(!/^v?\d/.test(text));
    expect(versionObjection(text)).toBeDefined();
    expect(checkNodeVersion(text)).toBeDefined();
  });

  test.prop([part, part, part])('Node.js fits from 22 on, and the message names the version found', (a, b, c) => {
    const message = checkNodeVersion(`v${a}.${b}.${c}`);
    expect(message === undefined).toBe(a >= 22);
    if (message) expect(message).toContain(`v${a}.${b}.${c}`);
  });

  test.prop([part, part])('Go fits from 1.26 on', (a, b) => {
    expect(goObjection(`go${a}.${b}.3`, '1.26') === undefined).toBe(a > 1 || (a === 1 && b >= 26));
  });

  test('Go of an unknown version does not fit', () => {
    expect(goObjection('', '1.26')).toContain('unknown');
  });
});
