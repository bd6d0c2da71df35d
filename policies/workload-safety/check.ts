import type { ResourceValidationPolicy } from '@pulumi/policy';
import { messageOf } from '../../errors';
import { readSubject } from './read-subject';
import type { Run } from './run';
import type { Subject } from './unit';

/** What one policy looks for. */
export interface Check {
  /** Verb and object. */
  readonly name: string;
  readonly description: string;
  /** Everything that is wrong with a resource, one sentence each; never with a secret's value in it. Empty when it passes. */
  find(subject: Subject, run: Run): string[];
}

/** A check as the policy that refuses. It says nothing where a fall would be held up. */
export function mandatory({ name, description, find }: Check, run: Run): ResourceValidationPolicy {
  return {
    name,
    description,
    enforcementLevel: 'mandatory',
    validateResource: (args, reportViolation) => {
      const subject = readSubject(args);
      if (!subject) return;
      run.note(subject);
      if (!run.mustPass(subject)) return;
      for (const sentence of findOrSay(() => find(subject, run))) reportViolation(`${args.name}: ${sentence}`);
    },
  };
}

/** What cannot be judged is refused. */
function findOrSay(find: () => string[]): string[] {
  try {
    return find();
  } catch (error) {
    return [`it cannot be judged: ${messageOf(error)}`];
  }
}

/**
 * The twin of every check for what may not be held up: a policy's level is fixed, so that what a mandatory one would
 * refuse towards live an advisory one says on the way to paper. Its own errors are its own.
 */
export function adviseInPaper(checks: readonly Check[], run: Run): ResourceValidationPolicy {
  return {
    name: 'advise-in-paper',
    description: 'What would be refused towards live is told in paper.',
    enforcementLevel: 'advisory',
    validateResource: (args, reportViolation) => {
      try {
        const subject = readSubject(args);
        if (!subject) return;
        run.note(subject);
        if (run.mustPass(subject)) return;
        for (const { name, find } of checks)
          for (const sentence of find(subject, run))
            reportViolation(`${args.name}: ${sentence} [${name}, would be refused towards live]`);
      } catch {
        // Nobody is kept from paper by what cannot be judged.
      }
    },
  };
}
