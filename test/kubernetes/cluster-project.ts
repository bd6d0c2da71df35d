import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { expect } from 'vitest';
import { imagePaths, namespaceOf } from '../../platforms/kubernetes/names';
import { createOperations } from '../../platforms/operations';
import type { Operations } from '../../platforms/platform';
import type { Posture, WorkloadName } from '../../posture/posture';
import { makeProject, type Ran, set, type TestProject } from '../helpers/project';
import type { Answer } from '../helpers/pty';
import { storeFirstProofs } from '../helpers/store-proofs';
import { patient } from './pods';

const namespace = namespaceOf('main');

/** A project whose stack runs on the tests' cluster, and what its operator and its enemy do. */
export class ClusterProject {
  private known: Operations | undefined;

  private constructor(readonly project: TestProject) {}

  /** @param image the shipped one, by digest */
  static async make(image: string): Promise<ClusterProject> {
    return new ClusterProject(
      await makeProject((config) => {
        set(config, 'platform', 'kubernetes');
        set(config, 'kubernetes', { image });
        // Slower than on processes: what a busy node takes for an order is a time on the market as well.
        set(config, ['market', 'speed'], 400);
      }),
    );
  }

  /** One for all, since each has port forwards of its own. To be asked once the stack was brought up. */
  get operations(): Operations {
    this.known ??= createOperations(this.project.place);
    return this.known;
  }

  /** Runs kubectl in the stack's namespace, as an administrator. @throws Error with what it said */
  async kubectl(...args: string[]): Promise<string> {
    return (await execa('kubectl', ['--namespace', namespace, ...args])).stdout;
  }

  /** Makes an object. @throws Error with what kubectl said */
  async apply(manifest: object): Promise<void> {
    await execa('kubectl', ['--namespace', namespace, 'apply', '--filename', '-'], { input: JSON.stringify(manifest) });
  }

  /**
   * Asks the model-service from inside the cluster, at its Service's address, without a pause. The name is looked up
   * once: an overloaded name server answers late, which a roll has no part in.
   * @returns ends that, and tells how often it was answered, and how not
   */
  loadModel(): () => Promise<{ answered: number; lost: string[] }> {
    const port = this.project.ports['model-service'];
    const script = `
      const { lookup } = require('node:dns').promises;
      let [answered, lost, ended] = [0, [], false];
      process.stdin.on('end', () => { ended = true; }).resume();
      const body = JSON.stringify({ features: {} });
      const headers = { 'content-type': 'application/json' };
      const ask = async (url) => {
        while (!ended) {
          await fetch(url, { method: 'POST', headers, body })
            .then(async (answer) => { await answer.text(); if (!answer.ok) throw new Error(answer.status); answered += 1; })
            .catch((error) => lost.push(String(error.cause ?? error)));
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      };
      lookup('model-service')
        .then(({ address }) => 'http://' + address + ':${port}/predict')
        .then((url) => Promise.all([ask(url), ask(url), ask(url), ask(url)]))
        .then(() => console.log(JSON.stringify({ answered, lost })));`;
    const where = ['--namespace', namespace, 'exec', '--stdin', 'deployment/backend', '--'];
    const load = execa('kubectl', [...where, imagePaths.node, '-e', script], { stdin: 'pipe' });
    return async () => {
      load.stdin.end();
      return JSON.parse((await load).stdout);
    };
  }

  /** The names of pods that exist, sorted. */
  async pods(): Promise<string[]> {
    return (await this.kubectl('get', 'pods', '--output', 'name')).split('\n').sort();
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests look into documents of every shape
  async get(workload: WorkloadName, route: string): Promise<any> {
    return (await fetch(`${await this.operations.addressOf(workload)}${route}`)).json();
  }

  /** The state of the gateway's permit. */
  async permit(): Promise<string> {
    return (await this.get('gateway', '/health')).permit.state;
  }

  /** The state of the guardian's grant. */
  async grant(): Promise<string> {
    return (await this.get('guardian', '/health')).grant.state;
  }

  /** How many orders the venue executed, by its own record. */
  async executed(): Promise<number> {
    await this.operations.fetchData('simulated-venue');
    const [row] = this.project.query('simulated-venue', 'venue.db', 'SELECT count(*) AS n FROM executions');
    return Number(row!.n);
  }

  /** No order is executed any more, watched for a while. */
  async expectQuiet(): Promise<void> {
    const before = await this.executed();
    await delay(3_000);
    expect(await this.executed()).toBe(before);
  }

  /** Orders are executed. */
  async expectTrades(): Promise<void> {
    const before = await this.executed();
    await expect.poll(() => this.executed(), patient).toBeGreaterThan(before);
  }

  /** Runs a verb that ends with this code. */
  async verb(exitCode: number, ...args: string[]): Promise<Ran> {
    const ran = await this.project.cutover(...args);
    expect(ran.exitCode, ran.stdout + ran.stderr).toBe(exitCode);
    return ran;
  }

  /** Runs a verb at a terminal, where somebody types; it ends with 0. */
  async atTerminal(args: string[], answers: Answer[]): Promise<void> {
    const ran = await this.project.atTerminal(args, answers);
    expect(ran, ran.screen).toMatchObject({ exitCode: 0 });
  }

  /** Signs every proof of a posture that nothing was granted before, as the verbs would have made them. */
  async prove(posture: Posture, passphrase: string): Promise<void> {
    await this.operations.fetchData('guardian');
    storeFirstProofs(this.project.place, posture, passphrase);
  }

  commit(message: string): void {
    this.project.git('add', '--all', 'stacks');
    this.project.git('commit', '--quiet', '--message', message);
  }

  /** Removes the stack and its namespace. */
  async destroy(): Promise<void> {
    await this.project.destroy();
    await execa('kubectl', ['delete', 'namespace', namespace, '--ignore-not-found']);
  }
}
