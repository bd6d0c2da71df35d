// The script of the live report page, for browsers: one text, which the page holds whole.
import path from 'node:path';
import { build, type Metafile } from 'esbuild';

/** Where the script lies, below the sources as below dist/. */
export const pageScript = 'report/live/browser/main';

/**
 * @param root the project's folder
 * @param outdir where the script is to lie; nothing is written here
 * @returns the script, with no end tag in it
 */
export async function bundlePage(root: string, outdir: string): Promise<{ text: string; metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [path.join(root, `${pageScript}.ts`)],
    outfile: path.join(outdir, `${pageScript}.js`),
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    charset: 'utf8',
    logLevel: 'warning',
  });
  return { text: outputFiles[0]!.text, metafile };
}
