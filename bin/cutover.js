#!/usr/bin/env node
// The launcher. Plain JavaScript that any Node.js from 12 on can read: it looks for the Node.js that the project
// brings, sees that dist/ is there and fresh, and hands over.
// biome-ignore-all lint/style/useNodejsImportProtocol: Node.js 12 does not know the prefix

const childProcess = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const url = require('url');

const root = path.resolve(__dirname, '..');
const neededMajor = 24;
const exitMissing = 5;

if (Number(process.versions.node.split('.')[0]) < neededMajor) handOverToProjectNode();
else
  run().then(
    (code) => {
      process.exitCode = code;
    },
    (error) => {
      console.error(error instanceof Error ? error.stack : error);
      process.exitCode = 1;
    },
  );

/** Runs this file again with the Node.js of the npm package `node`, which the project depends on. */
function handOverToProjectNode() {
  const node = findProjectNode();
  if (node === undefined) {
    console.error(
      `cutover needs Node.js ${neededMajor} or later, and this is ${process.version}. The project brings its own, ` +
        `which is not installed in ${path.join(root, 'node_modules', 'node')}: run \`npm install\` in ${root}, ` +
        'or install a newer Node.js from https://nodejs.org/.',
    );
    process.exitCode = exitMissing;
    return;
  }
  const child = childProcess.spawn(node, process.execArgv.concat(__filename, process.argv.slice(2)), {
    stdio: 'inherit',
  });
  for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the whole group: the child has it already.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => {
    console.error(`${node} cannot be started: ${error.message}`);
    process.exitCode = exitMissing;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? Number(code) : 128 + os.constants.signals[signal];
  });
}

/** @returns {string | undefined} the executable of the npm package `node`, or of the platform's package it links to */
function findProjectNode() {
  for (const name of ['node', `node-${process.platform}-${process.arch}`]) {
    try {
      const folder = path.dirname(require.resolve(`${name}/package.json`, { paths: [root] }));
      const file = path.join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
      if (fs.existsSync(file)) return file;
    } catch (_) {
      // not installed
    }
  }
  return undefined;
}

/** @returns {Promise<number>} the exit code */
async function run() {
  const cli = path.join(root, 'dist', 'scripts', 'cutover.js');
  const builder = path.join(root, 'toolchain', 'build.mts');
  // A halt must not wait for a build, nor fall with one: it takes the dist/ that there is.
  const isHalt = process.argv[2] === 'halt' && fs.existsSync(cli);
  if (fs.existsSync(builder) && !isHalt) {
    const reason = await staleness();
    if (reason !== undefined) {
      console.error(`cutover: ${reason}; building it`);
      // Standard output belongs to the verb, which may print JSON there.
      const built = childProcess.spawnSync(process.execPath, [builder], { cwd: root, stdio: ['ignore', 2, 2] });
      if (built.status !== 0) {
        console.error(`cutover: the build failed (${built.error || built.signal || `exit code ${built.status}`})`);
        return 1;
      }
    }
  } else if (!fs.existsSync(cli)) {
    console.error(`cutover: ${cli} is missing, and so are the sources to build it from: install the package again`);
    return exitMissing;
  }
  return require(cli).main(process.argv.slice(2));
}

/** @returns {Promise<string | undefined>} why dist/ must be built, or undefined when it was built from these sources */
async function staleness() {
  let stamp;
  try {
    stamp = JSON.parse(fs.readFileSync(path.join(root, 'dist', 'stamp.json'), 'utf8')).sources;
  } catch (_) {
    return 'dist/ is missing or was not finished';
  }
  const sources = await import(url.pathToFileURL(path.join(root, 'toolchain', 'sources.mts')).href);
  return sources.digestSources(root) === stamp ? undefined : 'dist/ is older than the sources';
}
