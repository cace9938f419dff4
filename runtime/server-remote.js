/** The bridge with an object store, by the name that older set-ups start it by: it refuses to start without one. */
const missing = ['ENDPOINT', 'ACCESS_KEY', 'SECRET_KEY'].filter(
  (name) =>
    !['', '_FILE'].some((end) => [`S3_${name}${end}`, `MINIO_${name}${end}`].some((key) => process.env[key])),
);
if (missing.length > 0) {
  console.error(
    `server-remote.js needs an object store: set ${missing.map((name) => `S3_${name}`).join(', ')}.`,
  );
  process.exit(78);
}
await import('./start.mjs');
