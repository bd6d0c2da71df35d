import { createProxy } from './proxy';

const required = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`the environment variable ${name} is missing`);
  return value;
};

const proxy = createProxy({
  stack: required('CUTOVER_STACK'),
  daemon: required('DOCKER_SOCKET'),
  socket: required('PROXY_SOCKET'),
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
void proxy.listen();
