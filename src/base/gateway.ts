/**
 * How a program's TLS layer tells the gateway at the other end of a connection that what follows was meant to be
 * encrypted: the greeting, the server's name and a newline, answered by the acceptance. The browser encrypts.
 */
export const GATEWAY_TLS_GREETING = 'OAC-GATEWAY-TLS/1 ';
export const GATEWAY_TLS_ACCEPTED = 'OAC-GATEWAY-TLS/1 accepted\n';

/** On the answer of a proxy that does not serve the wanted host at all. */
export const GATEWAY_REFUSAL_HEADER = 'x-container-relay-refusal';
