/** The bridge by the name that older set-ups start it by: `node server.js`. The same as `npm start`. */
await import('./start.mjs');
