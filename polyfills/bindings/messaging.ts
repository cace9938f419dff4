import type { NodeContext } from '../context.ts';
import { handlesOf, type HandleWrapInstance } from '../stream/handle-wrap.ts';
import { unpackHostObject } from '../host-object.ts';
import { type CloneHost, serialize } from '../messaging/message.ts';
import { createPorts } from '../messaging/ports.ts';
import { SiblingGroup } from '../messaging/port-data.ts';
import { Broadcasts } from '../messaging/broadcasts.ts';

type DOMExceptionClass = new (message: string, name: string) => Error;

/** `internalBinding('messaging')`: channels and structured clone, within this thread and between those of a process (src/node_messaging.cc). */
export function createMessaging(context: NodeContext): object {
  const { DOMException, emitMessage } = loadPerContext(context);
  const coded = (code: string, message: string): Error => context.errors.coded(TypeError, code, message);
  let createObject: (info: string) => object = () => {
    throw new TypeError('No deserializer has been set');
  };
  const ports = createPorts(context, handlesOf(context), emitMessage);
  const host: CloneHost = {
    context,
    dataCloneError: (message) => new DOMException(message, 'DataCloneError'),
    createObject: (info) => createObject(info),
    unpack: (type, data) => unpackers(context, type)(data),
    ...ports.cloneHost,
  };
  ports.setCloneHost(host);

  function MessageChannel(this: object): void {
    if (new.target === undefined) {
      throw coded('ERR_CONSTRUCT_CALL_REQUIRED', 'Cannot call constructor without `new`');
    }
    const group = new SiblingGroup(false);
    Object.assign(this, { port1: ports.create(group), port2: ports.create(group) });
  }
  const broadcasts = new Broadcasts(() => context.system.threads.processKey);
  portsByContext.set(context, ports);
  // A port whose thread has ended is a closed one to whoever has the other end.
  context.system.threads.onEnd(() => ports.closeAll());

  return {
    MessageChannel,
    MessagePort: ports.MessagePort,
    DOMException,
    setDeserializerCreateObjectFunction(create: typeof createObject) {
      createObject = create;
    },
    structuredClone(value: unknown, { transfer }: { transfer: unknown[] }): unknown {
      return serialize(host, value, transfer).deserialize(host).value;
    },
    stopMessagePort: ports.stop,
    drainMessagePort: ports.drain,
    receiveMessageOnPort(port: unknown): unknown {
      if (!ports.isPort(port)) throw coded('ERR_INVALID_ARG_TYPE', NOT_A_PORT);
      return ports.receive(port);
    },
    moveMessagePortToContext(port: unknown, sandbox: unknown): HandleWrapInstance {
      if (!ports.isPort(port)) throw coded('ERR_INVALID_ARG_TYPE', NOT_A_PORT);
      if (!ports.isOpen(port)) {
        const message = 'Cannot send data on closed MessagePort';
        throw context.errors.coded(Error, 'ERR_CLOSED_MESSAGE_PORT', message);
      }
      const contextify = context.realm.internalBinding('contextify') as Record<
        string,
        (o: unknown) => unknown
      >;
      if (contextify['isContext']?.(sandbox) !== true) {
        throw coded('ERR_INVALID_ARG_TYPE', 'Invalid context argument');
      }
      return ports.move(port);
    },
    /** Reaches the BroadcastChannels of every thread of this process. */
    broadcastChannel(name: string): HandleWrapInstance {
      return ports.create(broadcasts.group(name));
    },
    exposeLazyDOMExceptionProperty(target: object): void {
      const property = { value: DOMException, writable: true, configurable: true, enumerable: false };
      Object.defineProperty(target, 'DOMException', property);
    },
  };
}

const NOT_A_PORT = 'The "port" argument must be a MessagePort instance';

/** The two library files that Node runs in every context and that only its C++ uses. */
function loadPerContext(context: NodeContext): {
  DOMException: DOMExceptionClass;
  emitMessage: (...parameters: unknown[]) => void;
} {
  const { realm } = context;
  const exports: Record<string, unknown> = {};
  for (const id of ['internal/per_context/domexception', 'internal/per_context/messageport']) {
    realm.compileBuiltin(id)(exports, realm.primordials, realm.privateSymbols, realm.symbols);
  }
  return exports as ReturnType<typeof loadPerContext>;
}

const portsByContext = new WeakMap<NodeContext, ReturnType<typeof createPorts>>();

/** The ports of a thread, for the binding that hands them to others. */
export function portsOf(context: NodeContext): ReturnType<typeof createPorts> {
  context.realm.internalBinding('messaging');
  const ports = portsByContext.get(context);
  if (ports === undefined) throw new Error('the binding messaging was not made');
  return ports;
}

function unpackers(context: NodeContext, type: string): (data: unknown) => object {
  const binding = context.realm.internalBinding(type) as { [unpackHostObject]?: (data: unknown) => object };
  const unpack = binding[unpackHostObject];
  if (unpack === undefined) throw new TypeError(`objects of ${type} cannot come from another thread`);
  return unpack;
}
