import { approve } from './approve';
import { canary } from './canary';
import { changeRecord } from './change-record';
import { doctor } from './doctor';
import { down } from './down';
import { drill } from './drill';
import { halt } from './halt';
import { image } from './image';
import { incident } from './incident';
import { keys } from './keys';
import { preflight } from './preflight';
import { preview } from './preview';
import { promote } from './promote';
import { report } from './report';
import { rollback } from './rollback';
import type { Verb } from './shared/verb';
import { snapshot } from './snapshot';
import { start } from './start';
import { status } from './status';
import { up } from './up';
import { explain, verify } from './verify';
import { soak, watch } from './watch';

/** Every verb, in the order in which `cutover --help` shows them. */
export const allVerbs: readonly Verb[] = [
  start,
  doctor,
  up,
  preview,
  status,
  down,
  halt,
  rollback,
  keys,
  preflight,
  snapshot,
  canary,
  drill,
  watch,
  soak,
  approve,
  promote,
  incident,
  verify,
  explain,
  changeRecord,
  report,
  image,
];
