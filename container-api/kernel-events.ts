/** What the kernel tells, as the listeners of a container are told it. */
import type { KernelEvent, ProcessFacts } from '../src/protocol/container.ts';
import type { EventHub } from './events.ts';
import type { ContainerEvents, ProcessInfo } from './options.ts';

type ToldEvent = Extract<
  KernelEvent,
  {
    type:
      | 'process'
      | 'limit'
      | 'preview-message'
      | 'offload'
      | 'terminal-wanted'
      | 'open-wanted'
      | 'code-wanted'
      | 'error';
  }
>;

export function tell(events: EventHub<ContainerEvents>, event: ToldEvent): void {
  switch (event.type) {
    case 'process':
      events.emit(
        'process',
        event.event === 'start'
          ? { type: 'start', process: processInfo(event.process) }
          : {
              type: 'exit',
              pid: event.pid,
              exitCode: event.signal === 0 ? event.code : 128 + event.signal,
            },
      );
      return;
    case 'limit':
      events.emit('limit', { limit: event.limit, pid: event.pid });
      return;
    case 'preview-message':
      events.emit('preview-message', { ...event.message, port: event.port });
      return;
    case 'offload': {
      const { pid, remotePid, argv, reason } = event;
      events.emit('offload', { pid, remotePid, argv, reason });
      return;
    }
    case 'terminal-wanted':
      events.emit('terminal', { command: event.command, cwd: event.cwd });
      return;
    case 'open-wanted':
      events.emit('xdg-open', event.target);
      return;
    case 'code-wanted':
      events.emit('code', event.action, { files: event.files });
      return;
    case 'error':
      events.emit('error', { message: event.message });
  }
}

export function processInfo({ startedAtMs, ...facts }: ProcessFacts): ProcessInfo {
  return { ...facts, startedAt: new Date(startedAtMs) };
}
