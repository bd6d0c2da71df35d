import { byId, metaOf } from './page';

interface HaltAnswer {
  readonly halted?: boolean;
  readonly text?: string;
  readonly code?: string;
}

/** A halt stops processes, here or far away; what takes longer than this is told as not known, milliseconds. */
const answerMs = 60_000;
const byHand = 'Run cutover halt in a terminal: it needs neither this page nor its server.';

/** The button that halts: asks first, takes a reason, says what became of it. */
export function offerHalt(): void {
  const dialog = byId<HTMLDialogElement>('confirm');
  const button = byId<HTMLButtonElement>('halt');
  const reason = byId<HTMLInputElement>('reason');

  button.addEventListener('click', () => {
    reason.value = '';
    dialog.showModal();
    reason.focus();
  });
  byId('cancel').addEventListener('click', () => dialog.close());
  dialog.querySelector('form')?.addEventListener('submit', async (event) => {
    event.preventDefault();
    dialog.close();
    button.disabled = true;
    show('Halting …', '');
    try {
      const { halted, text } = await askHalt(reason.value.trim());
      show(text ?? `The server gave no result. ${byHand}`, halted ? 'good' : 'bad');
    } catch (error) {
      show(`Not known whether it is halted: the server did not answer (${error}). ${byHand}`, 'bad');
    } finally {
      button.disabled = false;
      button.focus();
    }
  });
}

function show(text: string, look: 'good' | 'bad' | ''): void {
  const result = byId('halt-result');
  result.className = look;
  result.textContent = text;
}

/** A server that was started anew knows this page's token no more, and gives out another. */
async function askHalt(reason: string): Promise<HaltAnswer> {
  const answer = await send(metaOf('cutover-token'), reason);
  if (answer.code !== 'wrong_token') return answer;
  const page = await (await fetch('/', { cache: 'no-store' })).text();
  return send(metaOf('cutover-token', new DOMParser().parseFromString(page, 'text/html')), reason);
}

async function send(token: string, reason: string): Promise<HaltAnswer> {
  const response = await fetch('/halt', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-cutover-token': token },
    body: JSON.stringify(reason === '' ? {} : { reason }),
    signal: AbortSignal.timeout(answerMs),
  });
  const answer = (await response.json()) as HaltAnswer & { message?: string };
  return response.ok ? answer : { ...answer, text: answer.text ?? `Not halted: ${answer.message}. ${byHand}` };
}
