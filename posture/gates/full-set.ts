import { fullSetOfProofs, type Gate } from './gate';

/** Every rise that no other gate is for: symbols, prices, opaque values, and whatever a later version adds. */
export const fullSet: Gate = { name: 'full-set', isFor: () => true, needs: fullSetOfProofs };
