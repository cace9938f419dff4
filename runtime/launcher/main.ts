/** `node launcher/main.ts create|attach|delete|list|reap [name]`: sessions of a Kubernetes cluster from a command line. */
import { parseArgs } from 'node:util';
import { messageOf } from '../errors.ts';
import type { Launcher } from './launcher.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    image: { type: 'string', default: 'mhnos/runtime' },
    namespace: { type: 'string', default: 'mhnos' },
    'storage-class': { type: 'string' },
    'sessions-max': { type: 'string', default: '100' },
    'idle-minutes': { type: 'string', default: '30' },
  },
});

async function kubernetes(): Promise<Launcher> {
  const { KubernetesLauncher } = await import('./kubernetes.ts');
  return new KubernetesLauncher({
    image: values.image,
    namespace: values.namespace,
    storageClass: values['storage-class'],
    sessionsMax: Number(values['sessions-max']),
  });
}

const [action, name = ''] = positionals;
const launcher = await kubernetes();
try {
  if (action === 'create') console.log(JSON.stringify(await launcher.create(name)));
  else if (action === 'delete') await launcher.delete(name);
  else if (action === 'list') console.log(JSON.stringify(await launcher.list(), null, 2));
  else if (action === 'reap') {
    console.log(JSON.stringify(await launcher.reap(Number(values['idle-minutes']) * 60_000)));
  } else if (action === 'attach') {
    const { url, token } = await launcher.attach(name);
    console.log(`${url}\ntoken ${token}`); // and stays, forwarding
  } else throw new Error('create, attach, delete, list or reap');
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
