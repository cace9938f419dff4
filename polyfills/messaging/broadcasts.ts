import { Message } from './message.ts';
import { NativeBroadcastChannel } from './native-channel.ts';
import { SiblingGroup } from './port-data.ts';

/** The BroadcastChannels of this thread by name; the browser's channel of a name reaches the other threads. */
export class Broadcasts {
  readonly #groups = new Map<string, SiblingGroup>();
  readonly #processKey: () => string;

  /** The key keeps those of other processes and containers apart. */
  constructor(processKey: () => string) {
    this.#processKey = processKey;
  }

  group(name: string): SiblingGroup {
    const known = this.#groups.get(name);
    if (known !== undefined && known.size > 0) return known;
    const channel = new NativeBroadcastChannel(`${this.#processKey()}:${name}`);
    const group = new SiblingGroup(true, {
      send: (message) => channel.postMessage(message.plainValue),
      close: () => channel.close(),
    });
    channel.onmessage = ({ data }) => group.deliver(Message.ofPlainValue(data));
    this.#groups.set(name, group);
    return group;
  }
}
