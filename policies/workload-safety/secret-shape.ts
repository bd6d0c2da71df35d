// What a secret looks like: by its own form wherever it stands, and by the name that it stands under. Kept strict on
// the side of few false alarms: a name alone is enough only where nothing but a secret is kept under it.

const forms: readonly [what: string, form: RegExp][] = [
  ['a private key', /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/],
  ['an AWS access key', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['a GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})/],
  ['a GitLab token', /\bglpat-[\w-]{20,}/],
  ['a Slack token', /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/],
  ['a Google key', /\bAIza[\w-]{35}/],
  ['a Stripe key', /\b[rs]k_live_[A-Za-z0-9]{16,}/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}/],
  ['a JSON web token', /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/],
  ['a password in an address', /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@'"]*:(?!\$[({])[^\s/@'"]+@/i],
  ['a bearer token', /\b(?:bearer|basic)\s+(?=[^\s]*\d)[\w.~+/=-]{16,}/i],
];

/** What kind of secret a text holds by its form alone, wherever it stands; undefined where it holds none. */
export function secretForm(text: string): string | undefined {
  return forms.find(([, form]) => form.test(text))?.[0];
}

/** Nothing but a secret is called so. */
const strong =
  /(^| )(password|passwd|passphrase|secret|secrets|apikey|credential|credentials|privatekey|mnemonic|(?:api|private|secret|access|signing|encryption|master) key|(?:auth|access|refresh|bearer|api) token)$/;
/** A secret may be called so, and much else. */
const weak = /(^| )(password|passphrase|secret|secrets|token|key|auth|pwd|pass|signature|credential|credentials)( |$)/;
const harmlessName =
  /(^| )(file|path|dir|folder|url|uri|name|names|id|ids|ttl|type|enabled|algorithm|count|length|size|limit|seconds|minutes|hours|days|digest|hash|fingerprint|version|header|prefix|ref|public key|public keys)$/;

/** A name as words: `apiKey`, `API_KEY` and `api-key` are the same. */
const wordsOf = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[^A-Za-z0-9]+/g, ' ')
    .trim()
    .toLowerCase();

/** Whether a value under this name is a secret in plain text. */
export function isSecretUnder(name: string, value: string): boolean {
  const words = wordsOf(name);
  if (harmlessName.test(words) || /(^| )public key( |$)/.test(words) || isReference(value)) return false;
  return strong.test(words) ? !isSwitch(value) : weak.test(words) && isToken(value);
}

/** A value that says where a secret is, and is none. */
const isReference = (value: string): boolean =>
  /^(?:\/|\.\.?\/|~\/|[A-Za-z]:\\|\$[({]|[a-z][a-z0-9+.-]*:\/\/|sha(?:256|512):|arn:|vault:|ref\+)/i.test(value) &&
  secretForm(value) === undefined;

const isSwitch = (value: string): boolean =>
  /^(?:|true|false|yes|no|on|off|none|null|enabled|disabled|required|optional|\[\]|\{\}|\*+|<[^>]*>)$/i.test(
    value.trim(),
  );

/** Long, without spaces, and as mixed as only chance makes it. */
function isToken(value: string): boolean {
  if (!/^[\w.~+/=:-]{16,}$/.test(value) || /^[\d.:T+Z-]+$/.test(value)) return false;
  return /\d/.test(value) && /[A-Za-z]/.test(value) && entropy(value) >= 3;
}

/** Shannon entropy, bits a character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  const total = [...text].length;
  return [...counts.values()].reduce((sum, count) => sum - (count / total) * Math.log2(count / total), 0);
}
