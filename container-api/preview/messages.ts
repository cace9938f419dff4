/** What previews report to the page, in the words of the WebContainer API. */
import type { PreviewReport } from '../../src/protocol/preview.ts';

export const PreviewMessageType = {
  UncaughtException: 'PREVIEW_UNCAUGHT_EXCEPTION',
  UnhandledRejection: 'PREVIEW_UNHANDLED_REJECTION',
  ConsoleError: 'PREVIEW_CONSOLE_ERROR',
} as const;
export type PreviewMessageType = (typeof PreviewMessageType)[keyof typeof PreviewMessageType];

/** `previewId` is one document's; `pathname`, `search` and `hash` are its address as its server knows it. */
export type PreviewMessage = PreviewReport & { port: number };

const TYPES: readonly string[] = Object.values(PreviewMessageType);

export function isPreviewMessage(value: unknown): value is PreviewMessage {
  if (typeof value !== 'object' || value === null) return false;
  const { type, previewId, port } = value as Record<string, unknown>;
  return (
    typeof type === 'string' &&
    TYPES.includes(type) &&
    typeof previewId === 'string' &&
    typeof port === 'number'
  );
}
