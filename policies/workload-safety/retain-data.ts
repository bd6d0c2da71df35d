import path from 'node:path';
import { labelNames } from '../../platforms/docker/names';
import { labelNames as objectLabels } from '../../platforms/kubernetes/names';
import type { Check } from './check';
import { asList, asPlain, asText, readVariable, type Subject, type Unit } from './unit';

/** Ledger, orders, trades and halts are kept by these. The model service keeps nothing. */
const keepers = ['gateway', 'guardian', 'backend', 'orchestrator', 'simulated-venue'];

/**
 * Databases, ledgers and logs outlive what writes them. The engine does not tell a policy of `retainOnDelete`; what can
 * be told from the inputs is that data lies on something that outlives its container, and that this is not replaced.
 */
export const retainData: Check = {
  name: 'retain-data',
  description: 'What a workload keeps outlives its process, container or pod.',
  find: (subject) => [
    ...subject.units.filter(({ workload }) => keepers.includes(workload ?? '')).flatMap(findLost),
    ...findLostVolume(subject),
    ...findLostClaim(subject),
  ],
};

function findLost(unit: Unit): string[] {
  const { name, mounts } = unit;
  return ['DATA_DIR', 'LOG_DIR'].flatMap((variable) => {
    const folder = readVariable(unit, variable);
    if (folder === undefined)
      return variable === 'DATA_DIR' ? [`${name} has no DATA_DIR: expected the folder that is kept`] : [];
    if (!path.posix.isAbsolute(folder))
      return [`${variable} of ${name}: expected an absolute path, received ${folder}`];
    // A process has the machine's own folders.
    if (unit.platform === 'process') return [];
    const holding = mounts
      .filter(({ target }) => isWithin(folder, target))
      .sort((one, other) => other.target.length - one.target.length)[0];
    if (holding?.kind === 'kept') return [];
    return [
      `${variable} of ${name} lies on ${holding ? 'what is gone with it or cannot be written' : 'no volume'}: expected a volume, claim or folder that is kept`,
    ];
  });
}

const isWithin = (folder: string, target: string): boolean => {
  const relative = path.posix.relative(target, folder);
  return target !== '' && relative !== '..' && !relative.startsWith('../');
};

/** A named volume of a stack lies over a folder of the machine, which no `docker volume rm` takes away. */
function findLostVolume({ type, name, props, isProtected }: Subject): string[] {
  if (type !== 'docker:index/volume:Volume') return [];
  const labels = asList(props.labels).map(asPlain);
  const called = asText(props.name) || name;
  if (!labels.some(({ label }) => label === labelNames.stack) || !/-(data|logs)(-|$)/.test(called)) return [];
  const { device, type: kind } = asPlain(props.driverOpts);
  if (isProtected === true || (asText(device) !== '' && asText(kind) !== 'tmpfs')) return [];
  return [`the volume ${called} is gone when it is deleted: expected driverOpts with the folder that it lies over`];
}

/** A claim that is replaced loses what it holds, and so does one that goes with its StatefulSet. */
function findLostClaim({ type, props, ignoredChanges, isProtected }: Subject): string[] {
  const { whenDeleted, whenScaled } = asPlain(asPlain(props.spec).persistentVolumeClaimRetentionPolicy);
  if ([whenDeleted, whenScaled].includes('Delete'))
    return ['persistentVolumeClaimRetentionPolicy: expected Retain, received Delete'];
  if (type !== 'kubernetes:core/v1:PersistentVolumeClaim' || ignoredChanges === undefined) return [];
  if (asPlain(asPlain(props.metadata).labels)[objectLabels.stack] === undefined) return [];
  if (isProtected === true || ignoredChanges.includes('spec')) return [];
  return ['a change would replace the claim with what it holds: expected ignoreChanges: ["spec"], or protect: true'];
}
