import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { escapeText, html } from '../../../report/page/html';

describe('html', () => {
  it('escapes what comes from outside, and only that', () => {
    const inner = html`<b>${'<i>'}</b>`;
    expect(html`<p title="${'"\'&'}">${inner}${[1, '<', inner]}${null}${undefined}${false}</p>`.text).toBe(
      '<p title="&quot;&#39;&amp;"><b>&lt;i&gt;</b>1&lt;<b>&lt;i&gt;</b></p>',
    );
  });

  it('names what nobody can see, and leaves other letters alone', () => {
    expect(escapeText('a\u202eb\u0000c\ud800 漢é 😀\n')).toBe('a[U+202E]b[U+0000]c[U+D800] 漢é 😀\n');
  });

  property.prop([fc.string({ unit: 'binary' })])('lets no text open an element, an attribute or an entity', (text) => {
    expect(escapeText(text)).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
  });
});
