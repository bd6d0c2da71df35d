import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder } from '../../toolchain/cache';

const packages = ['numpy==2.4.6', 'scipy==1.17.1', 'libboost-headers==1.88.0'];
const buildPackages = ['scikit-build', 'cmake', 'ninja', 'pybind11', 'wheel', 'setuptools'];

/**
 * A Python with the reference implementations, in the cache; made on first use, which takes minutes.
 * @returns its path, or why there is none
 */
export function oraclePython(): { readonly python: string } | { readonly missing: string } {
  const folder = path.join(cacheFolder(process.env), 'oracles-1');
  const python = path.join(folder, 'bin', 'python');
  const ready = path.join(folder, 'ready');
  if (existsSync(ready)) return { python };
  const run = (command: string, args: string[], env: NodeJS.ProcessEnv = {}) =>
    execFileSync(command, args, { env: { ...process.env, ...env }, stdio: 'pipe', timeout: 900_000 });
  try {
    mkdirSync(path.dirname(folder), { recursive: true });
    rmSync(folder, { recursive: true, force: true });
    run('python3', ['-m', 'venv', folder]);
    run(python, ['-m', 'pip', 'install', '-q', ...packages, ...buildPackages]);
    // confseq is built from source against Boost's headers, which come as a package of their own.
    const lib = path.join(folder, 'lib');
    const boost = path.join(lib, readdirSync(lib)[0]!, 'site-packages', 'libboost_headers');
    const env = {
      BOOST_ROOT: boost,
      Boost_ROOT: boost,
      CPLUS_INCLUDE_PATH: path.join(boost, 'include'),
      CMAKE_POLICY_VERSION_MINIMUM: '3.5',
      PATH: `${path.dirname(python)}${path.delimiter}${process.env.PATH}`,
    };
    run(python, ['-m', 'pip', 'install', '-q', '--no-build-isolation', 'confseq==0.0.11'], env);
    writeFileSync(ready, '');
    return { python };
  } catch (error) {
    const { stderr } = error as { stderr?: Buffer };
    const reason = stderr?.toString().trim().split('\n').at(-1) || (error as Error).message;
    return { missing: `python3 with scipy and confseq cannot be made here: ${reason}` };
  }
}
