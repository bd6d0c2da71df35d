import { changeBytes } from './change-bytes';
import { cutOrRepeat } from './cut-or-repeat';
import { flipBits } from './flip-bits';
import { grow } from './grow';
import { mixEnvelopes } from './mix-envelopes';
import { mixLines } from './mix-lines';
import type { Mutator } from './mutator';
import { nestDeeply } from './nest-deeply';
import { randomBytes } from './random-bytes';
import { randomJson } from './random-json';
import { relabelType } from './relabel-type';
import { repeatKeys } from './repeat-keys';
import { signAsStranger } from './sign-as-stranger';
import { splice } from './splice';
import { spoilContent } from './spoil-content';
import { spoilSignatures } from './spoil-signatures';

export const mutators: readonly Mutator[] = [
  changeBytes,
  cutOrRepeat,
  flipBits,
  grow,
  mixEnvelopes,
  mixLines,
  nestDeeply,
  randomBytes,
  randomJson,
  relabelType,
  repeatKeys,
  signAsStranger,
  splice,
  spoilContent,
  spoilSignatures,
];
