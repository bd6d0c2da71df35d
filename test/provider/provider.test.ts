import { describe, expect, it } from 'vitest';
import { resourceTypes } from '../../platforms/resource-types';
import { createProvider } from '../../provider/provider';
import { paperPosture } from '../helpers/posture';

const provider = createProvider();
const urnOf = (type: string) => `urn:pulumi:main::cutover::${type}::name`;
const inputs = { home: '/nowhere', stack: 'main', digest: 'sha256:1', posture: paperPosture };

describe('createProvider', () => {
  it.each([resourceTypes.posture, `parent:index:Type$${resourceTypes.posture}`])(
    'hands a call to the handler of the type: %s',
    async (type) => {
      const { inputs: checked } = await provider.check!(urnOf(type), undefined, inputs);
      expect(checked).toStrictEqual(inputs);
      const { inputs: again } = await provider.check!(urnOf(type), checked, inputs);
      expect(again.previous).toEqual(paperPosture);
    },
  );

  it.each(['cutover:index:Other', '', 'cutover:index:Posture$other:index:Type'])('refuses the type "%s"', (type) => {
    const message =
      /expected a resource of type cutover:index:Process or cutover:index:Posture or cutover:index:StackFolders or .*, received/;
    expect(() => provider.check!(urnOf(type), {}, inputs)).toThrow(message);
    expect(() => provider.create!(urnOf(type), inputs)).toThrow(message);
    expect(() => provider.delete!('id', urnOf(type), inputs)).toThrow(message);
  });

  it.each(['constructor', 'toString', '__proto__'])(
    'does not take a name that every object has for a type: %s',
    (type) => {
      expect(() => provider.check!(urnOf(type), {}, inputs)).toThrow(/expected a resource of type/);
    },
  );
});
