/** What the page asks of the external runtime. */
import type { RemoteCall, RemoteOutcome } from '../../protocol/remote.ts';
import { RemoteError } from '../../remote/errors.ts';
import type { RemoteRuntime } from './runtime.ts';

export async function remoteCall(remote: RemoteRuntime, call: RemoteCall): Promise<RemoteOutcome> {
  try {
    return { ok: true, value: await answer(remote, call) };
  } catch (error) {
    const code = error instanceof RemoteError ? error.code : 'EIO';
    return { ok: false, code, message: error instanceof Error ? error.message : String(error) };
  }
}

async function answer(remote: RemoteRuntime, call: RemoteCall): Promise<unknown> {
  switch (call.call) {
    case 'connect':
      return await remote.connect(call.settings);
    case 'disconnect':
      return remote.disconnect();
    case 'status':
      return remote.status();
    case 'list': {
      const { processes, stats } = await remote.connected.connection.request({ type: 'list' }, 'processList');
      return { processes, stats };
    }
    case 'kill':
      await remote.connected.connection.request(
        { type: 'kill', pid: call.pid, signal: call.signal },
        'killed',
      );
      return undefined;
    case 'sync':
      return await remote.sync(call.direction);
    case 'differences':
      return await remote.differences();
    case 's3-status':
      return await remote.objects.store.status();
    case 's3-transfer':
      return await remote.transfer(call.direction, call.options);
    case 's3-list':
      return await remote.objects.list(call.prefix);
    case 's3-delete':
      await remote.objects.store.delete(remote.objects.key(call.key));
      return undefined;
    case 's3-metadata':
      return await remote.objects.store.metadata(remote.objects.key(call.key));
    case 'offload':
      remote.policy = call.policy;
      return undefined;
    case 'allow':
      return remote.answer(call.question, call.allowed);
  }
}
