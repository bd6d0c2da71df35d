import Dockerode from 'dockerode';

/**
 * A client of a daemon.
 * @param host as in DOCKER_HOST
 */
export function clientOf(host: string): Dockerode {
  const url = new URL(host);
  if (url.protocol === 'unix:') return new Dockerode({ socketPath: url.pathname });
  const protocol = url.protocol === 'ssh:' ? 'ssh' : 'http';
  return new Dockerode({
    protocol,
    host: url.hostname,
    port: url.port || (protocol === 'ssh' ? 22 : 2375),
    username: url.username,
  });
}
