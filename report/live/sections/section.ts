import type { Html } from '../../page/html';
import type { LiveData } from '../data';

/** A part of the page that is drawn anew whenever something is heard. */
export interface LiveSection {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

export type DrawSection = (data: LiveData) => LiveSection;
