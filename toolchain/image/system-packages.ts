import { readFileSync } from 'node:fs';
import { runTool } from '../run-tool';
import type { SystemPackage } from './sbom';

/**
 * The Debian packages that files of this machine belong to, so that scanners know them. Files that no package owns, and
 * machines without dpkg, give none: the bill of materials then names the files alone.
 */
export async function systemPackages(files: readonly string[]): Promise<SystemPackage[]> {
  if (files.length === 0) return [];
  const options = { env: { ...process.env, LC_ALL: 'C' }, timeoutSeconds: 30 };
  // By both names that a file has where /lib is a link to /usr/lib. It tells the known ones also when it fails over others.
  const asked = await runTool('dpkg-query', ['--search', ...files.flatMap((file) => [file, `/usr${file}`])], options);
  const owners = new Map<string, string[]>();
  for (const [, owner, name] of asked.stdout.matchAll(/^([^\s,]+): (\/.+)$/gm)) {
    const file = files.find((known) => known === name || `/usr${known}` === name);
    if (file && !owners.get(owner!)?.includes(file)) owners.set(owner!, [...(owners.get(owner!) ?? []), file]);
  }
  if (owners.size === 0) return [];
  // biome-ignore lint/suspicious/noTemplateCurlyInString: these are dpkg's own placeholders
  const format = '${binary:Package}\\t${Package}\\t${Version}\\t${Architecture}\\n';
  const { stdout } = await runTool('dpkg-query', ['--show', `--showformat=${format}`, ...owners.keys()], options);
  const distribution = /^ID="?([\w.-]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'debian';
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [id, name, version, arch] = line.split('\t') as [string, string, string, string];
      const purl = `pkg:deb/${distribution}/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${arch}`;
      return { purl, name, version, files: owners.get(id) ?? owners.get(name) ?? [] };
    })
    .sort((a, b) => (a.purl < b.purl ? -1 : 1));
}
