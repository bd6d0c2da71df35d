const decimal = ['m', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/**
 * A quantity of Kubernetes in the form in which a server gives it back, such as `2Gi` for `2048Mi` and `500m` for `0.5`.
 * What is none, or has an exponent or more than three decimal places, stays as it is. Pure.
 */
export function canonicalQuantity(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d*))?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/.exec(text);
  if (!match) return text;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  const unit = suffix.endsWith('i') ? 1024n ** BigInt(binary.indexOf(suffix)) * 1000n : milli(suffix);
  const scale = 10n ** BigInt(fraction.length);
  const thousandths = BigInt(`${whole}${fraction}`) * unit;
  if (thousandths % scale !== 0n) return text;
  return `${sign}${suffix.endsWith('i') ? inBinary(thousandths / scale) : inDecimal(thousandths / scale)}`;
}

const milli = (suffix: string): bigint => 1000n ** BigInt(decimal.indexOf(suffix));

function inDecimal(thousandths: bigint): string {
  if (thousandths === 0n) return '0';
  const largest = decimal.findLast((suffix) => thousandths % milli(suffix) === 0n)!;
  return `${thousandths / milli(largest)}${largest}`;
}

function inBinary(thousandths: bigint): string {
  const value = thousandths / 1000n;
  // Less than one Ki has no unit of its own.
  if (thousandths % 1000n !== 0n || value < 1024n) return inDecimal(thousandths);
  const power = binary.findLastIndex((_, index) => value % 1024n ** BigInt(index) === 0n);
  return `${value / 1024n ** BigInt(power)}${binary[power]}`;
}
