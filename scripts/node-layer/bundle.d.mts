export function parametersOf(id: string): string;
export function bundle(
  natives: Record<string, string>,
  extra: { config: string; help: Record<string, string>; rootCertificates: readonly string[] },
): Map<string, string>;
