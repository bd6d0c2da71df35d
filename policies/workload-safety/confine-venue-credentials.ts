import path from 'node:path';
import type { Check } from './check';
import type { Subject, Unit } from './unit';
import { asPlain, asText } from './unit';

/** The gateway, and the simulated venue, which stands for the party outside. */
const holders = ['gateway', 'simulated-venue'];

const venues =
  'VENUE|EXCHANGE|BROKER|CCXT|BINANCE|BITFINEX|BITGET|BITMEX|BITSTAMP|BYBIT|COINBASE|DERIBIT|GATEIO|GEMINI|HTX|HYPERLIQUID|KRAKEN|KUCOIN|MEXC|OKX|ALPACA|IBKR|OANDA';
const variable = new RegExp(
  `(^|_)(${venues})_([A-Z0-9]+_)*(KEY|SECRET|TOKEN|PASSPHRASE|PASSWORD|CREDENTIALS?)(_(FILE|PATH))?$`,
  'i',
);
const secret = /venue|exchange|broker/i;

/** Only what checks the permit may have the means to trade: who holds the credentials needs no gateway. */
export const confineVenueCredentials: Check = {
  name: 'confine-venue-credentials',
  description: 'Credentials of the venue are given to the gateway alone.',
  find: (subject) => [
    ...subject.units.filter(({ workload }) => !holders.includes(workload ?? '')).flatMap(findCredentials),
    ...findSpreadByMap(subject),
  ],
};

function findCredentials(unit: Unit): string[] {
  const { name, environment, secrets, mounts } = unit;
  const given = `${name} is no gateway, and is given`;
  return [
    ...environment
      .filter((one) => variable.test(one.name) && one.value !== '')
      .map((one) => `${given} credentials of a venue by ${one.name}`),
    ...secrets.filter((one) => secret.test(one)).map((one) => `${given} the secret ${one}`),
    ...secrets.filter((one) => one === '*').map(() => `${given} a Secret as a whole: expected the keys that it needs`),
    // The gateway's own credentials lie in its data.
    ...mounts
      .filter(({ source }) => isGatewayData(source) || isSecretsFolder(source))
      .map(({ source }) => `${given} ${source}, in which credentials of the venue lie`),
  ];
}

/** The gateway's volume, claim or folder of data, or a folder above it. */
function isGatewayData(source: string): boolean {
  if (!source.includes('/')) return /^(cutover-.*-)?gateway-data(-|$)/.test(source);
  return /\/stacks\/[^/]+\/gateway(\/data)?$/.test(asFolder(source)) || isAboveStacks(source);
}

const asFolder = (source: string): string => path.posix.normalize(source).replace(/\/$/, '');

/** The folder of a stack's secrets as a whole, or a folder above it. */
const isSecretsFolder = (source: string): boolean =>
  source.includes('/') && /\/stacks\/[^/]+\/secrets$/.test(asFolder(source));

/** A stack's folder, that of all stacks, or the root. */
const isAboveStacks = (source: string): boolean => {
  const folder = asFolder(source);
  return folder === '' || /\/(\.cutover|stacks)$/.test(folder) || /\/\.cutover\/stacks\/[^/]+$/.test(folder);
};

/** A ConfigMap whose keys are variables is for whoever reads it. */
function findSpreadByMap({ type, props }: Subject): string[] {
  if (!/^kubernetes:core\/v1:ConfigMap/.test(type)) return [];
  return Object.entries(asPlain(props.data))
    .filter(([name, value]) => variable.test(name) && asText(value) !== '')
    .map(([name]) => `it holds credentials of a venue for whoever reads it: ${name}`);
}
