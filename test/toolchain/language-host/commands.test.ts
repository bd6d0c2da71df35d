import { fc, test } from '@fast-check/vitest';
import { ProgramInfo, RunRequest } from '@pulumi/pulumi/proto/language_pb';
import { Struct } from 'google-protobuf/google/protobuf/struct_pb';
import { describe, expect } from 'vitest';
import { packEnvironment, serializeConfig } from '../../../toolchain/language-host/configuration';
import { parseEnvironment } from '../../../toolchain/language-host/run-plugin';
import { programCommand, programResult } from '../../../toolchain/language-host/run-program';

function request(options: Record<string, string | boolean>): RunRequest {
  const info = new ProgramInfo().setRootDirectory('/root').setProgramDirectory('/root/program').setEntryPoint('.');
  info.setOptions(Struct.fromJavaScript(options));
  const run = new RunRequest()
    .setMonitorAddress('127.0.0.1:1')
    .setProject('probe')
    .setStack('main')
    .setOrganization('organization')
    .setPwd('/root/program')
    .setParallel(4)
    .setDryrun(true)
    .setInfo(info);
  run.getConfigMap().set('probe:size', '3');
  return run.setConfigsecretkeysList(['probe:key']);
}

describe('the language host', () => {
  test('runs a program with what the engine asked for', () => {
    const command = programCommand(request({}), '/run.js', '127.0.0.1:2');
    expect(command).toEqual({
      args: (
        '/run.js --monitor 127.0.0.1:1 --engine 127.0.0.1:2 --organization organization --project probe --stack main ' +
        '--root-directory /root --pwd /root/program --dry-run --parallel 4 .'
      ).split(' '),
      cwd: '/root/program',
      env: {
        PULUMI_NODEJS_TYPESCRIPT: 'true',
        PULUMI_CONFIG: '{"probe:config:size":"3"}',
        PULUMI_CONFIG_SECRET_KEYS: '["probe:key"]',
      },
    });
  });

  test('honours the runtime options', () => {
    const { env } = programCommand(request({ typescript: false, tsconfig: 'other.json' }), '/run.js', '');
    expect(env).toMatchObject({ PULUMI_NODEJS_TYPESCRIPT: 'false', PULUMI_NODEJS_TSCONFIG_PATH: 'other.json' });
  });

  test('tells how a program ended', () => {
    expect(programResult({ code: 0, signal: null })).toEqual({ error: '', bail: false });
    expect(programResult({ code: 32, signal: null })).toEqual({ error: '', bail: true });
    expect(programResult({ code: 7, signal: null }).error).toContain('7');
    expect(programResult({ code: null, signal: 'SIGKILL' }).error).toContain('SIGKILL');
  });

  const name = fc.stringMatching(/^[a-z][a-z0-9:-]{0,10}$/);
  test.prop([
    fc.dictionary(
      fc.tuple(fc.stringMatching(/^[a-z]+$/), name).map((pair) => pair.join(':')),
      fc.string(),
    ),
  ])('loses no configuration, and writing it twice changes nothing', (config) => {
    const written = serializeConfig(Object.entries(config));
    expect(Object.values(JSON.parse(written))).toEqual(Object.values(config));
    for (const key of Object.keys(JSON.parse(written))) expect(key).toMatch(/^[a-z]+:config:/);
    expect(serializeConfig(Object.entries(JSON.parse(written)))).toBe(written);
  });

  test('hands a pack the stack by both names that the library knows', () => {
    const env = packEnvironment({ organization: 'o', project: 'p', stack: 's', dryRun: false }, [['p:a', 'b']], []);
    expect(env).toEqual({
      PULUMI_CONFIG: '{"p:config:a":"b"}',
      PULUMI_CONFIG_SECRET_KEYS: '[]',
      PULUMI_ORGANIZATION: 'o',
      PULUMI_PROJECT: 'p',
      PULUMI_STACK: 's',
      PULUMI_DRY_RUN: 'false',
      PULUMI_NODEJS_ORGANIZATION: 'o',
      PULUMI_NODEJS_PROJECT: 'p',
      PULUMI_NODEJS_STACK: 's',
      PULUMI_NODEJS_DRY_RUN: 'false',
    });
  });

  test('reads an environment, the later entry winning', () => {
    expect(parseEnvironment(['A=1', 'B=x=y', 'A=2', '=odd', 'none'])).toEqual({ A: '2', B: 'x=y' });
  });
});
