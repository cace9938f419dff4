import type * as NodeFs from 'node:fs';

/** Path → `d`, `l`, or `f size mtimeMs mode`: what stood in a folder when it was mounted. */
export type Manifest = Record<string, string>;

/** One line of the collector's output, as JSON. */
export type Change =
  | { kind: 'file'; name: string; mode: number; base64: string }
  | { kind: 'link'; name: string; target: string }
  | { kind: 'directory'; name: string }
  | { kind: 'remove'; name: string };

/**
 * Runs inside the container (its text is handed to `node -e`, so it may use nothing from around it): reads the manifest
 * from stdin and writes what differs in `folder`. Size, time and mode tell a change; a link is always told.
 */
export function collectChanges(fs: typeof NodeFs, folder: string): void {
  const before = JSON.parse(fs.readFileSync(0, 'utf8')) as Manifest;
  const tell = (change: Change): void => fs.writeFileSync(1, `${JSON.stringify(change)}\n`);
  const visit = (directory: string, prefix: string): void => {
    for (const entry of fs.readdirSync(directory)) {
      const name = prefix + entry;
      const file = `${directory}/${entry}`;
      const info = fs.lstatSync(file);
      const old = before[name];
      delete before[name];
      if (info.isDirectory()) {
        if (old !== 'd') tell({ kind: 'directory', name });
        visit(file, `${name}/`);
      } else if (info.isSymbolicLink()) {
        if (old !== 'l') tell({ kind: 'link', name, target: fs.readlinkSync(file) });
      } else if (info.isFile()) {
        const now = `f ${info.size} ${info.mtimeMs} ${(info.mode & 0o777).toString(8)}`;
        if (old === now) continue;
        tell({
          kind: 'file',
          name,
          mode: info.mode & 0o777,
          base64: fs.readFileSync(file).toString('base64'),
        });
      }
    }
  };
  visit(folder, '');
  // Folders after what is in them, so that each removal finds its target.
  for (const name of Object.keys(before).reverse()) tell({ kind: 'remove', name });
}
