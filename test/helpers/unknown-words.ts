import { allVerbs } from '../../scripts/all-verbs';

/** What of a command line there is not: its verb, or options of it. @param line what comes after `cutover` */
export function unknownWords(line: string): string[] {
  const [name = '', ...words] = line.replace(/"[^"]*"|'[^']*'/g, '""').split(/\s+/);
  const verb = allVerbs.find((one) => one.name === name);
  if (!verb) return [name];
  const known = [...(verb.options ?? []).map(([flags]) => flags.split(' ')[0]), '--stack', '--json', '--yes', '--help'];
  return words.filter((word) => word.startsWith('--') && !known.includes(word));
}
