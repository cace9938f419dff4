import type { NodeContext } from '../context.ts';
import { makeReport } from '../process/report.ts';

const O_WRONLY_CREAT_TRUNC = 0o1 | 0o100 | 0o1000;
const encoder = new TextEncoder();

/** node_report_module.cc. */
export function createReport(context: NodeContext): object {
  const { options, system, errors } = context;
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
  const report = (event: string, trigger: string, filename: string | null, error: unknown) =>
    makeReport(context, {
      event,
      trigger,
      filename,
      error,
      excludeEnv: settings['ExcludeEnv'] === true,
      excludeNetwork: settings['ExcludeNetwork'] === true,
    });
  let sequence = 0;
  const binding: Record<string, unknown> = {
    getReport: (error: unknown) => JSON.stringify(report('JavaScript API', 'GetReport', null, error)),
    /** → the file's name, as it was given or made. */
    writeReport(event: string, trigger: string, file: string | undefined, error: unknown): string {
      const given = file ?? String(settings['Filename']);
      const name = given === '' ? reportName(context, ++sequence) : given;
      const text = JSON.stringify(report(event, trigger, name, error), null, settings['Compact'] ? 0 : 2);
      const directory = String(settings['Directory']);
      const path = directory === '' ? name : `${directory}/${name}`;
      print(`\nWriting Node.js report to file: ${name}`);
      if (name === 'stdout' || name === 'stderr') {
        system.files.write(name === 'stdout' ? 1 : 2, encoder.encode(`${text}\n`), null);
      } else {
        const written = system.files.writeFile(
          path,
          encoder.encode(`${text}\n`),
          O_WRONLY_CREAT_TRUNC,
          0o666,
        );
        if (written < 0) {
          print(
            `\nFailed to open Node.js report file: ${name} directory: ${directory} (errno: ${-written})\n`,
          );
          throw errors.uvException(written, 'open', path);
        }
      }
      print('\nNode.js report completed\n');
      return name;
    },
  };
  const print = (text: string) => system.files.write(2, encoder.encode(text), null);
  for (const name of Object.keys(settings)) {
    binding[`set${name}`] = (value: unknown) => {
      settings[name] = value;
    };
    binding[name.startsWith('ReportOn') ? `should${name}` : `get${name}`] = () => settings[name];
  }
  return binding;
}

/** report.<date>.<time>.<pid>.<thread>.<number>.json, in local time. */
function reportName({ system, realm }: NodeContext, sequence: number): string {
  const now = new Date();
  const pad = (value: number, digits = 2) => String(value).padStart(digits, '0');
  const date = `${now.getFullYear()}${pad(now.getMonth() + 1)}${pad(now.getDate())}`;
  const time = `${pad(now.getHours())}${pad(now.getMinutes())}${pad(now.getSeconds())}`;
  const { threadId } = realm.require('worker_threads') as { threadId: number };
  return `report.${date}.${time}.${system.process.pid}.${threadId}.${pad(sequence, 3)}.json`;
}
