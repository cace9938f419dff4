/** What a frame shows when there is no response: what is wrong, and what to do. */
import type { ExchangeFailure } from './exchange.ts';
import type { PreviewServer } from '../protocol/preview.ts';

const STATUS: Record<ExchangeFailure['failure'], number> = {
  refused: 502,
  closed: 502,
  protocol: 502,
  limit: 503,
  unsupported: 502,
  denied: 403,
  'no-container': 503,
};

const TITLE: Record<ExchangeFailure['failure'], (port: number) => string> = {
  refused: (port) => `Nothing listens on port ${port}`,
  closed: (port) => `The server on port ${port} gave no answer`,
  protocol: (port) => `The server on port ${port} does not speak HTTP`,
  limit: () => 'Too many connections',
  unsupported: (port) => `The answer of port ${port} cannot be shown`,
  denied: () => 'The connection is not allowed',
  'no-container': () => 'The container is not running',
};

const ADVICE: Record<ExchangeFailure['failure'], string> = {
  refused: 'Start the server, then load this page again.',
  closed: 'It may have crashed: its terminal says why.',
  protocol:
    'Previews speak HTTP/1.1. A server of another protocol can be reached from programs in the container.',
  limit: 'Close frames of this container, or wait until their requests have ended.',
  unsupported: 'Let the server send it without this encoding.',
  denied: 'Boot the container with the capability that allows it.',
  'no-container': 'Open the page that runs it, and keep it open: the server lives in that tab.',
};

export function errorResponse(
  { failure, message }: ExchangeFailure,
  { port }: PreviewServer,
  wantsPage: boolean,
): Response {
  const title = TITLE[failure](port);
  const text = `${title}\n${message}\n${ADVICE[failure]}\n`;
  return new Response(wantsPage ? page(title, message, ADVICE[failure]) : text, {
    status: STATUS[failure],
    headers: { 'Content-Type': wantsPage ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8' },
  });
}

function page(title: string, message: string, advice: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 18vh auto 0; padding: 0 1.5rem; }
  h1 { font-size: 1.25rem; margin: 0 0 .5rem; }
  p { margin: .25rem 0; opacity: .8; }
</style>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(message)}</p>
<p>${escapeHtml(advice)}</p>
`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
