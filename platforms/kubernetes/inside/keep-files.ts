import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** Files that are handed to a workload: paths below its data, content as base64, mode. */
const filesForm = z.array(
  z.object({
    name: z.string().regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$)).+$/),
    content: z.base64(),
    mode: z.int().min(0).max(0o777),
  }),
);
export type HandedFiles = z.output<typeof filesForm>;

/**
 * Writes files that are handed to a workload into its data, each whole and synced or not at all. Handed over again they
 * are what they were, or what they have grown to since.
 * @throws Error where one of them is there already with another content: then none is written
 */
export function keepFiles(folder: string, text: string): void {
  const files = filesForm.parse(JSON.parse(text)).map(({ name, content, mode }) => {
    return { file: path.join(folder, name), bytes: Buffer.from(content, 'base64'), mode };
  });
  const others = files.filter(
    ({ file, bytes }) => existsSync(file) && !bytes.equals(readFileSync(file).subarray(0, bytes.length)),
  );
  if (others.length > 0) {
    throw new Error(`${others.map(({ file }) => file).join(', ')}: exists with another content, and is never replaced`);
  }
  for (const { file, bytes, mode } of files) {
    if (existsSync(file)) continue;
    mkdirSync(path.dirname(file), { recursive: true });
    const fresh = `${file}.handed.tmp`;
    writeFileSync(fresh, bytes, { mode, flush: true });
    renameSync(fresh, file);
    const parent = openSync(path.dirname(file), 'r');
    fsyncSync(parent);
    closeSync(parent);
  }
}
