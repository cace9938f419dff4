/** Errors of the frame's program, told to the page that runs the container. */
import type { PreviewReport } from '../protocol/preview.ts';
import { type Frame, targetOf } from './frame.ts';

type Report = PreviewReport extends infer Each
  ? Each extends PreviewReport
    ? Omit<Each, 'previewId' | 'pathname' | 'search' | 'hash'>
    : never
  : never;

export function installErrors(frame: Frame, which: string): void {
  if (which === 'none') return;
  const previewId = crypto.randomUUID();
  const send = (report: Report): void => {
    const [pathname = '/'] = targetOf(new URL(location.href), frame).split('?', 1);
    const { search, hash } = location;
    const message = { ...report, previewId, pathname, search, hash } as PreviewReport;
    try {
      frame.send({ type: 'preview-message', server: frame.server, message });
    } catch {
      // A value that cannot be copied: its text can.
      if (message.type === 'PREVIEW_CONSOLE_ERROR') {
        const args = message.args.map((value) => textOf(value));
        frame.send({ type: 'preview-message', server: frame.server, message: { ...message, args } });
      }
    }
  };
  addEventListener('error', ({ error, message }) => {
    const { stack } = (error ?? {}) as { stack?: string };
    send({ type: 'PREVIEW_UNCAUGHT_EXCEPTION', message, stack });
  });
  addEventListener('unhandledrejection', ({ reason }) => {
    const { message = textOf(reason), stack } = (reason ?? {}) as { message?: string; stack?: string };
    send({ type: 'PREVIEW_UNHANDLED_REJECTION', message, stack });
  });
  if (which !== 'all') return;
  const { error } = console;
  console.error = (...args: unknown[]): void => {
    send({ type: 'PREVIEW_CONSOLE_ERROR', args, stack: new Error().stack ?? '' });
    error.apply(console, args);
  };
}

function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
