/**
 * A posture as the model sees it: a number for each dimension of risk. Of `agents`, `limit` and `threshold` a larger
 * one is more risk (a threshold of a larger number is a lower one); of the others two values can only be told apart.
 */
export interface Point {
  readonly live: boolean;
  readonly agents: number;
  readonly limit: number;
  readonly threshold: number;
  readonly model: number;
  readonly backend: number;
  readonly gateway: number;
  readonly settings: number;
}

/** What every history starts with. */
export const firstPoint: Point = {
  live: false,
  agents: 1,
  limit: 1,
  threshold: 1,
  model: 0,
  backend: 0,
  gateway: 0,
  settings: 0,
};

/** A point's name. */
export const nameOf = (point: Point): string => JSON.stringify(point);

export const inPaper = (point: Point): Point => ({ ...point, live: false });

/** What a drill shares with the posture that it is for: it has settings of its own. */
export const drillPartOf = (point: Point): Point => ({ ...point, settings: 0 });
