import type Docker from 'dockerode';

/** One line of what a daemon tells while it loads or pushes. */
export interface DaemonLine {
  readonly status?: string;
  readonly stream?: string;
  readonly error?: string;
  readonly aux?: { readonly Digest?: string };
}

/**
 * Reads what the daemon tells to its end. It answers 200 before it has begun, so that a failure is one of the lines.
 * @throws Error with the daemon's words, or when the connection ends too soon
 */
export async function followDaemon(stream: NodeJS.ReadableStream): Promise<DaemonLine[]> {
  let text = '';
  for await (const chunk of stream) text += chunk.toString();
  const lines = text.split('\n').flatMap((line) => (line.trim() ? [JSON.parse(line) as DaemonLine] : []));
  const failed = lines.find(({ error }) => error !== undefined);
  if (failed) throw new Error(failed.error);
  return lines;
}

/** The same daemon for what takes long: a client's time limit is meant for questions. */
export function withoutTimeout(docker: Docker): Docker {
  const patient = Object.create(docker) as Docker;
  patient.modem = Object.create(docker.modem, { timeout: { value: undefined } });
  return patient;
}
