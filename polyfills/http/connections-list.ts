/** ConnectionsList of node_http_parser.cc: the connections of a server, by when their current message began. */
export interface Timed {
  /** Milliseconds, 0 while no message is under way. */
  readonly lastMessageStart: number;
  readonly headersCompleted: boolean;
}

export class Connections<Parser extends Timed> {
  readonly #all = new Set<Parser>();
  readonly #active = new Set<Parser>();

  push(parser: Parser): void {
    this.#all.add(parser);
  }
  pop(parser: Parser): void {
    this.#all.delete(parser);
  }
  pushActive(parser: Parser): void {
    this.#active.add(parser);
  }
  popActive(parser: Parser): void {
    this.#active.delete(parser);
  }

  all(): Parser[] {
    return sorted(this.#all);
  }
  idle(): Parser[] {
    return sorted(this.#all).filter(({ lastMessageStart }) => lastMessageStart === 0);
  }
  active(): Parser[] {
    return sorted(this.#active);
  }

  /** Those whose headers, or whose whole message, took too long: they are active no more. 0 = no limit. */
  expired(headersTimeout: number, requestTimeout: number, now: number): Parser[] {
    let headers = headersTimeout;
    let request = requestTimeout;
    if (request > 0 && headers > request) [headers, request] = [request, headers];
    const headersDeadline = headers > 0 && now > headers ? now - headers : 0;
    const requestDeadline = request > 0 && now > request ? now - request : 0;
    const late = this.active().filter(
      ({ headersCompleted, lastMessageStart }) =>
        (!headersCompleted && headersDeadline > 0 && lastMessageStart < headersDeadline) ||
        (requestDeadline > 0 && lastMessageStart < requestDeadline),
    );
    for (const parser of late) this.#active.delete(parser);
    return late;
  }
}

function sorted<Parser extends Timed>(parsers: Set<Parser>): Parser[] {
  return [...parsers].sort((a, b) => a.lastMessageStart - b.lastMessageStart);
}
