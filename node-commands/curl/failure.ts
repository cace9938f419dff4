import { StatusError } from '../ending.ts';
import { ExchangeFailure, type FailureKind } from '../http/exchange.ts';

/** Statuses of curl(1), "EXIT CODES". */
export const CurlStatus = {
  protocol: 1,
  usage: 2,
  url: 3,
  unsupported: 4,
  resolve: 6,
  connect: 7,
  partial: 18,
  http: 22,
  write: 23,
  read: 26,
  timeout: 28,
  range: 33,
  tls: 35,
  file: 37,
  redirects: 47,
  empty: 52,
  receive: 56,
  certificate: 60,
  encoding: 61,
  fileSize: 63,
} as const;

/** Ends a transfer: the status, and the message after `curl: (STATUS) `. */
export class CurlFailure extends StatusError {
  override readonly name = 'CurlFailure';
}

const KINDS: Readonly<Record<FailureKind, readonly [status: number, prefix: string, suffix: string]>> = {
  resolve: [CurlStatus.resolve, 'Could not resolve host: ', ''],
  connect: [CurlStatus.connect, 'Failed to connect to ', ": Couldn't connect to server"],
  denied: [CurlStatus.connect, '', ''],
  timeout: [CurlStatus.timeout, '', ''],
  tls: [CurlStatus.tls, '', ''],
  certificate: [CurlStatus.certificate, 'SSL certificate problem: ', ''],
  empty: [CurlStatus.empty, '', ''],
  broken: [CurlStatus.receive, 'Recv failure: ', ''],
};

export function asCurlFailure(error: unknown, spentMs: number): unknown {
  if (!(error instanceof ExchangeFailure)) return error;
  const [status, prefix, suffix] = KINDS[error.kind];
  const after = error.kind === 'connect' ? ` after ${Math.round(spentMs)} ms` : '';
  return new CurlFailure(status, prefix + error.message + after + suffix);
}
