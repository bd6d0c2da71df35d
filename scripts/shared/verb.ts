import type { ExitCode } from '../../errors';
import type { Project } from './project';
import type { Screen } from './screen';

/** What a verb is given: where it works, and how it talks. */
export interface VerbContext extends Project {
  readonly json: boolean;
  readonly yes: boolean;
  /** The private key (PEM) that signs what is measured, where it is given and not one that lies here. */
  readonly measureKey?: string | undefined;
  /** Where the answer is shown. */
  readonly screen: Screen;
  /** Tells the operator what goes on, on standard error. */
  progress(message: string): void;
}

/** What a verb has to say: one JSON document, and the same as text. */
export interface VerbResult {
  readonly exitCode: ExitCode;
  readonly json: object;
  readonly text: string;
}

/** One operator verb. Its options beyond the common ones come as `options`, parsed by commander. */
export interface Verb {
  readonly name: string;
  readonly description: string;
  /** A command line, and what it does. */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /**
   * One word after the verb, as commander writes it, and what it is; it comes as the option `argument`, as a list of
   * words where the name ends in `...`.
   */
  readonly argument?: readonly [name: string, description: string];
  readonly options?: readonly (readonly [flags: string, description: string])[];
  run(context: VerbContext, options: Readonly<Record<string, unknown>>): Promise<VerbResult>;
}
