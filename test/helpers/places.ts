/** Where in a document something stands. */
export type Place = readonly (string | number)[];

/** Every place in a document, but for the document itself. */
export function placesOf(value: unknown, at: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const place = [...at, Array.isArray(value) ? Number(key) : key];
    return [place, ...placesOf(inner, place)];
  });
}

/** What stands at a place. */
export function valueAt(document: unknown, place: Place): unknown {
  return place.reduce<unknown>((value, key) => (value as Record<string | number, unknown>)[key], document);
}

/** A copy of a document with another value at a place, or with nothing there when no value is given. */
export function changedAt(document: object, place: Place, ...value: unknown[]): unknown {
  const copy = structuredClone(document);
  const holder = valueAt(copy, place.slice(0, -1)) as Record<string | number, unknown>;
  const key = place.at(-1)!;
  if (value.length > 0) holder[key] = value[0];
  else if (Array.isArray(holder)) holder[key as number] = null;
  else delete holder[key];
  return copy;
}

/**
 * Documents that a strict form must refuse, each with the place that was changed: without something, with something
 * more, or with something of another type.
 */
export function malformedFrom(document: object): { readonly where: string; readonly document: unknown }[] {
  const objects = [[], ...placesOf(document)].filter((place) => isPlainObject(valueAt(document, place)));
  return [
    ...placesOf(document).flatMap((place) => {
      const other = typeof valueAt(document, place) === 'object' ? 1 : { of: 'another type' };
      return [
        { where: `without ${place.join('.')}`, document: changedAt(document, place) },
        { where: `another type of ${place.join('.')}`, document: changedAt(document, place, other) },
      ];
    }),
    ...objects.map((place) => ({
      where: `more in ${place.join('.')}`,
      document: changedAt(document, [...place, 'more'], 1),
    })),
  ];
}

const isPlainObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
