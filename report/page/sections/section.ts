import { type Html, html } from '../html';

/** A part of the page. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/** What was not recorded, or could not be read, said plainly. */
export const missingNote = (what: string): Html => html`<p class="note missing">Not shown: ${what}.</p>`;

/** What a reader should know about how something was counted. */
export const note = (text: string): Html => html`<p class="note">${text}</p>`;
