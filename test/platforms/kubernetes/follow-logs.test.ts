import { describe, expect, it } from 'vitest';
import { newLines } from '../../../platforms/kubernetes/follow-logs';

const mark = (time: string, lines: number) => ({ uid: 'a', time, lines });

describe('newLines', () => {
  it('leaves out what was read before the mark, and as many lines of its very time as were read', () => {
    const text = ['1.1 a', '1.2 b', '1.2 c', '1.2 d', '1.3 e', ''].join('\n');
    expect(newLines(text, mark('1.2', 2))).toEqual({ text: 'd\ne\n', mark: mark('1.3', 1) });
    expect(newLines(text, mark('1.2', 3))).toEqual({ text: 'e\n', mark: mark('1.3', 1) });
    expect(newLines(text, mark('1.3', 1))).toEqual({ text: '', mark: mark('1.3', 1) });
  });

  it('counts on where the lines of one time come in two answers', () => {
    const first = newLines('1.2 a\n1.2 b\n', mark('1.0', 0));
    expect(first).toEqual({ text: 'a\nb\n', mark: mark('1.2', 2) });
    const second = newLines('1.2 a\n1.2 b\n1.2 c\n', first.mark);
    expect(second).toEqual({ text: 'c\n', mark: mark('1.2', 3) });
  });

  it('waits with a line that is not whole, and takes an empty one', () => {
    expect(newLines('1.1 \n1.2 ha', mark('1.0', 0))).toEqual({ text: '\n', mark: mark('1.1', 1) });
  });
});
