import type { NodeContext } from '../context.ts';
import type { Handles, HandleWrapInstance } from '../stream/handle-wrap.ts';
import { type Arrival, Arrivals } from './arrivals.ts';
import { type CloneHost, serialize } from './message.ts';
import { CLOSE, PortData, type SiblingGroup } from './port-data.ts';
import { ProcessGone } from '../system.ts';
import { readTransferList } from './transfer-list.ts';

/** Messages of one port before others get their turn (MessagePort::OnMessage). */
const BATCH_MAX = 1000;

interface PortState {
  data: PortData | undefined;
  receiving: boolean;
  /** close() was called: what came before it is still delivered. */
  closing: boolean;
  arrival: Arrival;
}

export interface Ports {
  readonly MessagePort: new () => object;
  readonly cloneHost: Pick<CloneHost, 'isPort' | 'portData' | 'detachPort' | 'attachPort'>;
  setCloneHost(host: CloneHost): void;
  isPort(value: unknown): value is HandleWrapInstance;
  isOpen(port: HandleWrapInstance): boolean;
  /** Ports to a thread that has ended are closed. */
  threadEnded(id: number): void;
  /** Cuts off every end: the thread ends. */
  closeAll(): void;
  create(group: SiblingGroup): HandleWrapInstance;
  /** A port for an end of a channel. */
  attach(data: PortData): HandleWrapInstance;
  /** A message has been sent to a port of this thread whose contents have yet to arrive. */
  awaitsArrival(): boolean;
  stop(port: HandleWrapInstance): void;
  drain(port: HandleWrapInstance): void;
  receive(port: HandleWrapInstance): unknown;
  move(port: HandleWrapInstance): HandleWrapInstance;
}

/** MessagePort over the event loop. */
export function createPorts(
  context: NodeContext,
  handles: Handles,
  emitMessage: (...parameters: unknown[]) => void,
): Ports {
  return new PortFactory(context, handles, emitMessage).ports();
}

class PortFactory {
  readonly #context: NodeContext;
  readonly #handles: Handles;
  readonly #emitMessage: (...parameters: unknown[]) => void;
  readonly #states = new WeakMap<object, PortState>();
  readonly #attached = new Set<PortData>();
  readonly #arrivals: Arrivals;
  #made = 0;
  readonly #noMessage: symbol;
  readonly #MessagePort: new () => object;
  #host: CloneHost | undefined;

  constructor(context: NodeContext, handles: Handles, emitMessage: (...parameters: unknown[]) => void) {
    this.#context = context;
    this.#arrivals = new Arrivals(context.loop);
    this.#handles = handles;
    this.#emitMessage = emitMessage;
    this.#noMessage = context.realm.symbols['no_message_symbol'] as symbol;
    this.#MessagePort = this.#createClass();
  }

  ports(): Ports {
    const stateOf = (port: object): PortState | undefined => this.#states.get(port);
    const openDataOf = (port: object): PortData | undefined => {
      const state = stateOf(port);
      return state?.closing === true ? undefined : state?.data;
    };
    return {
      MessagePort: this.#MessagePort,
      cloneHost: {
        isPort: (object) => this.#states.has(object),
        portData: (port) => openDataOf(port),
        detachPort: (port) => this.#detachForTransfer(port as HandleWrapInstance),
        attachPort: (data) => this.#attach(data),
      },
      setCloneHost: (host) => {
        this.#host = host;
      },
      isPort: (value): value is HandleWrapInstance =>
        typeof value === 'object' && value !== null && this.#states.has(value),
      create: (group) => {
        const data = new PortData();
        group.add(data);
        return this.#attach(data);
      },
      attach: (data) => this.#attach(data),
      awaitsArrival: () => {
        for (const data of this.#attached) if (data.awaitsArrival) return true;
        return false;
      },
      stop: (port) => {
        const state = stateOf(port);
        if (state !== undefined) state.receiving = false;
      },
      drain: (port) => {
        while (this.#processOne(port, true));
      },
      receive: (port) => this.#receive(port),
      isOpen: (port) => openDataOf(port) !== undefined,
      threadEnded: (id) => {
        for (const data of [...this.#attached]) data.threadEnded(id);
      },
      closeAll: () => {
        for (const data of [...this.#attached]) data.disentangle();
      },
      move: (port) => this.#attach(this.#detachForTransfer(port)),
    };
  }

  /** Inherits HandleWrap; instances are made only by this factory, never by calling it. */
  #createClass(): new () => object {
    const { errors } = this.#context;
    const post = (port: object, values: unknown[]): boolean | undefined => this.#post(port, values);
    const start = (port: object): void => this.#start(port);
    function MessagePort(): never {
      throw errors.coded(TypeError, 'ERR_CONSTRUCT_CALL_INVALID', 'Constructor cannot be called');
    }
    const { HandleWrap } = this.#handles;
    Object.setPrototypeOf(MessagePort, HandleWrap);
    const prototype = Object.create(HandleWrap.prototype, {
      constructor: { value: MessagePort, writable: true, configurable: true, enumerable: false },
    }) as object;
    Object.assign(prototype, {
      postMessage(this: object, ...values: unknown[]) {
        return post(this, values);
      },
      start(this: object) {
        start(this);
      },
    });
    MessagePort.prototype = prototype;
    return MessagePort as unknown as new () => object;
  }

  #attach(data: PortData): HandleWrapInstance {
    const { HandleWrap } = this.#handles;
    const parameters = ['MESSAGEPORT', 'MessagePort'];
    const port = Reflect.construct(HandleWrap, parameters, this.#MessagePort) as HandleWrapInstance;
    const state: PortState = {
      data,
      receiving: false,
      closing: false,
      arrival: { order: this.#made++, run: (done) => this.#arrived(port, state, done) },
    };
    this.#states.set(port, state);
    this.#handles.setActive(port, true);
    this.#handles.onClose(port, () => {
      state.closing = true;
      this.#context.loop.enqueueClose(() => this.#detach(state)?.disentangle());
    });
    const oninit = (port as unknown as Record<symbol, unknown>)[
      this.#context.realm.symbols['oninit'] as symbol
    ];
    if (typeof oninit === 'function') Reflect.apply(oninit, port, []);
    data.owner = () => this.#arrivals.add(state.arrival);
    this.#attached.add(data);
    if (data.first !== undefined) this.#arrivals.add(state.arrival);
    return port;
  }

  #detach(state: PortState): PortData | undefined {
    const { data } = state;
    if (data !== undefined) {
      data.owner = undefined;
      this.#attached.delete(data);
    }
    state.data = undefined;
    return data;
  }

  #detachForTransfer(port: HandleWrapInstance): PortData {
    const state = this.#states.get(port);
    const data = state === undefined ? undefined : this.#detach(state);
    if (data === undefined) throw new TypeError('The port is detached');
    port.close();
    return data;
  }

  #post(port: object, values: unknown[]): boolean | undefined {
    const { errors, realm } = this.#context;
    if (realm.exiting) throw new ProcessGone();
    if (values.length === 0) {
      const message = 'Not enough arguments to MessagePort.postMessage';
      throw errors.coded(TypeError, 'ERR_MISSING_ARGS', message);
    }
    const invalid = (message: string): Error => errors.coded(TypeError, 'ERR_INVALID_ARG_TYPE', message);
    const transferList = readTransferList(values[1], invalid);
    if (this.#host === undefined) throw new TypeError('messaging is not set up');
    const message = serialize(this.#host, values[0], transferList, port);
    const warn = (text: string): void => {
      const { emitWarning } = realm.process;
      if (typeof emitWarning === 'function') Reflect.apply(emitWarning, realm.process, [text]);
    };
    const state = this.#states.get(port);
    return state?.closing === true ? undefined : state?.data?.dispatch(message, warn);
  }

  #start(port: object): void {
    const state = this.#states.get(port);
    if (state?.data === undefined) return;
    state.receiving = true;
    if (state.data.first !== undefined) this.#arrivals.add(state.arrival);
  }

  /** A referenced port keeps the loop alive by itself. */
  #arrived(port: HandleWrapInstance, state: PortState, done: () => void): void {
    if (state.closing) done();
    else this.#processQueue(port, state, BATCH_MAX, done);
  }

  /** Messages one after the other, each followed by ticks and microtasks, before any other port's. */
  #processQueue(port: HandleWrapInstance, state: PortState, left: number, done: () => void): void {
    try {
      this.#processOne(port, false);
    } finally {
      const more = state.data?.first !== undefined && (state.receiving || state.data.first === CLOSE);
      if (more && left > 0) {
        this.#context.loop.continueWith(() => this.#processQueue(port, state, left - 1, done));
      } else {
        if (more && !state.closing) this.#arrivals.add(state.arrival);
        done();
      }
    }
  }

  /** False when there was nothing to do. */
  #processOne(port: HandleWrapInstance, force: boolean): boolean {
    const state = this.#states.get(port);
    if (state?.data === undefined || (force && state.closing)) return false;
    let values: unknown[];
    try {
      const received = this.#take(port, state, state.receiving || force);
      if (received === undefined) return false;
      values = [received.value, received.ports, 'message'];
    } catch (error) {
      values = [error, undefined, 'messageerror'];
    }
    this.#context.async.makeCallback(port, this.#emitMessage, ...values);
    return true;
  }

  #receive(port: HandleWrapInstance): unknown {
    const state = this.#states.get(port);
    if (state?.data === undefined || state.closing) return this.#noMessage;
    const received = this.#take(port, state, true);
    return received === undefined ? this.#noMessage : received.value;
  }

  #take(port: HandleWrapInstance, state: PortState, wanted: boolean) {
    const { data } = state;
    const first = data?.first;
    if (data === undefined || first === undefined) return undefined;
    if (first === CLOSE) {
      data.shift();
      port.close();
      return undefined;
    }
    if (!wanted || this.#host === undefined) return undefined;
    data.shift();
    return first.deserialize(this.#host);
  }
}
