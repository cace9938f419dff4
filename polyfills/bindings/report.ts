import type { NodeContext } from '../context.ts';

/** node_report_module.cc: the settings are kept; a report itself needs what a browser does not tell. */
export function createReport({ options }: NodeContext): object {
  const cli = options.cli;
  const settings: Record<string, unknown> = {
    Compact: cli['--report-compact'] ?? false,
    ExcludeNetwork: cli['--report-exclude-network'] ?? false,
    ExcludeEnv: cli['--report-exclude-env'] ?? false,
    Directory: cli['--report-directory'] ?? '',
    Filename: cli['--report-filename'] ?? '',
    Signal: cli['--report-signal'] ?? 'SIGUSR2',
    ReportOnFatalError: cli['--report-on-fatalerror'] ?? false,
    ReportOnSignal: cli['--report-on-signal'] ?? false,
    ReportOnUncaughtException: cli['--report-uncaught-exception'] ?? false,
  };
  const binding: Record<string, unknown> = {};
  for (const name of Object.keys(settings)) {
    binding[`set${name}`] = (value: unknown) => {
      settings[name] = value;
    };
    binding[name.startsWith('ReportOn') ? `should${name}` : `get${name}`] = () => settings[name];
  }
  return binding;
}
