/** What a bridge says of itself at `/health`, as far as launchers care. */
export interface Health {
  readonly status: string;
  /** Since the last client left and the last process ended; 0 while there is one. */
  readonly idleMs: number;
}

const TIMEOUT_MS = 5_000;

/** Undefined if it does not answer. */
export async function healthOf(url: string): Promise<Health | undefined> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return response.ok ? ((await response.json()) as Health) : undefined;
  } catch {
    return undefined;
  }
}
