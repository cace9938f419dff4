/** One stream of a session (RFC 9113, section 5.1). */
import { ErrorCode } from './constants.ts';
import { MessageState } from './messages.ts';
import { ReceiveWindow, SendWindow } from './windows.ts';

export const StreamState = {
  /** A request of this side that was not sent yet. */
  initial: 0,
  /** Its answer has not begun. */
  opening: 1,
  opened: 2,
  /** A reset is about to be sent. */
  closing: 3,
  reserved: 4,
} as const;
export type StreamState = (typeof StreamState)[keyof typeof StreamState];

export const Shut = { none: 0, read: 1, write: 2, both: 3 } as const;

/** A body that is being sent. */
export interface Body {
  /** Its last frame ends the stream. */
  readonly endsStream: boolean;
  /** Why it does not go on. */
  waitsFor: 'nothing' | 'data' | 'window';
}

export class Stream {
  readonly id: number;
  state: StreamState;
  shut = 0;
  readonly receiveWindow: ReceiveWindow;
  readonly sendWindow: SendWindow;
  readonly message: MessageState;
  body: Body | undefined;
  /** Promised and not begun: counted apart from those that are. */
  isPromised: boolean;
  closeCode: number = ErrorCode.none;

  constructor(id: number, state: StreamState, windows: { receive: number; send: number }) {
    this.id = id;
    this.state = state;
    this.isPromised = state === StreamState.reserved;
    this.receiveWindow = new ReceiveWindow(windows.receive);
    this.sendWindow = new SendWindow(windows.send);
    this.message = new MessageState(id);
  }
}
