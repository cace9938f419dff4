/** Which web origins may connect, and by which names this server may be called. */

export interface OriginRule {
  readonly protocol: string;
  readonly hostname: string;
  /** Undefined: any port, which only loopback names may have. */
  readonly port: string | undefined;
}

export interface HostRule {
  readonly hostname: string;
  /** Undefined: any port. What the check defends against, a rebound name, is in the name. */
  readonly port: string | undefined;
}

export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  return name === 'localhost' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
}

const ORIGIN = /^(https?):\/\/(\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::(\d{1,5}|\*))?$/i;
const HOST = /^(\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::(\d{1,5}))?$/i;

/** Each entry an exact origin; `*` stands for any port, of loopback names only. */
export function allowOrigins(entries: readonly string[], problems: string[]): OriginRule[] {
  return entries.flatMap((entry) => {
    const [, protocol, hostname, port] = ORIGIN.exec(entry) ?? [];
    if (protocol === undefined || hostname === undefined || (port === '*' && !isLoopback(hostname))) {
      problems.push(
        `MHNOS_ALLOWED_ORIGINS has "${entry}"; an entry is an exact origin such as https://app.example, or http://localhost:*.`,
      );
      return [];
    }
    const scheme = `${protocol.toLowerCase()}:`;
    const exact = port ?? (scheme === 'https:' ? '443' : '80');
    return [
      {
        protocol: scheme,
        hostname: hostname.toLowerCase(),
        port: exact === '*' ? undefined : exact,
      },
    ];
  });
}

export function allowHosts(entries: readonly string[], problems: string[]): HostRule[] {
  return entries.flatMap((entry) => {
    const [, hostname, port] = HOST.exec(entry) ?? [];
    if (hostname === undefined) {
      problems.push(`MHNOS_ALLOWED_HOSTS has "${entry}"; an entry is a host name, with or without a port.`);
      return [];
    }
    return [{ hostname: hostname.toLowerCase(), port }];
  });
}

/** `origin` is the header as it came; "null" (a sandboxed frame, a file) matches nothing. */
export function originAllowed(origin: string, rules: readonly OriginRule[]): boolean {
  const [, protocol, hostname, port] = ORIGIN.exec(origin) ?? [];
  if (protocol === undefined || hostname === undefined || port === '*') return false;
  const scheme = `${protocol.toLowerCase()}:`;
  const exact = port ?? (scheme === 'https:' ? '443' : '80');
  return rules.some(
    (rule) =>
      rule.protocol === scheme &&
      rule.hostname === hostname.toLowerCase() &&
      (rule.port === undefined || rule.port === exact),
  );
}

export function hostAllowed(host: string | undefined, rules: readonly HostRule[]): boolean {
  const [, hostname, port] = HOST.exec(host ?? '') ?? [];
  if (hostname === undefined) return false;
  return rules.some(
    (rule) =>
      rule.hostname === hostname.toLowerCase() && (rule.port === undefined || rule.port === (port ?? '80')),
  );
}
